// Slack's mrkdwn as DOM nodes. https://docs.slack.dev/messaging/formatting-message-text

import { h } from "./dom.js";

const EMOJI = {
  warning: "⚠️", wave: "👋", boom: "💥", white_check_mark: "✅", x: "❌", lock: "🔒", unlock: "🔓", red_circle: "🔴",
  large_green_circle: "🟢", white_circle: "⚪", mute: "🔇", bust_in_silhouette: "👤", bar_chart: "📊", door: "🚪", tada: "🎉",
};
export const people = new Map();
export const channelNames = new Map();

const decoded = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
const WORD = "\\p{L}\\p{N}";
const around = (sign) => new RegExp(`(?<![${WORD}${sign}])[${sign}](?=[^\\s${sign}])([^\\n${sign}]*?[^\\s${sign}]|[^\\s${sign}])[${sign}](?![${WORD}${sign}])`, "u");

const RULES = [
  [/```([\s\S]+?)```/, (hit) => h("pre", {}, decoded(hit[1]))],
  [/`([^`\n]+)`/, (hit) => h("code", {}, decoded(hit[1]))],
  [/<([^<>]+)>/, (hit) => reference(hit[1])],
  [around("*"), (hit, options) => h("strong", {}, inline(hit[1], options))],
  [around("_"), (hit, options) => h("em", {}, inline(hit[1], options))],
  [around("~"), (hit, options) => h("s", {}, inline(hit[1], options))],
  [/:([a-z0-9_+-]+):/, (hit) => emoji(hit[1])],
  [/https?:\/\/[^\s<>|]+/, (hit, options) => !options.verbatim && link(decoded(hit[0]))],
];

const emoji = (name) => EMOJI[name] && h("span", { role: "img", "aria-label": name.replaceAll("_", " ") }, EMOJI[name]);

// plain_text, of which Slack reads nothing but the emoji codes.
export const withEmoji = (text) => text.split(/:([a-z0-9_+-]+):/).map((part, number) => (number % 2 ? emoji(part) ?? `:${part}:` : part));

export function mrkdwn(text, options = {}) {
  const nodes = [];
  for (const [number, line] of splitLines(text).entries()) {
    if (number) nodes.push(h("br"));
    const quote = line.match(/^&gt;\s?(.*)$/s);
    nodes.push(quote ? h("blockquote", {}, inline(quote[1], options)) : inline(line, options));
  }
  return nodes.flat(9);
}

// Lines, but for those within a code block.
function splitLines(text) {
  return text.split(/(```[\s\S]+?```)/).reduce((lines, part, number) => {
    const more = number % 2 ? [part] : part.split("\n");
    lines[lines.length - 1] += more[0];
    return [...lines, ...more.slice(1)];
  }, [""]);
}

function inline(text, options) {
  const nodes = [];
  let rest = text;
  while (rest) {
    let first = null;
    for (const [rule, make] of RULES) {
      const hit = rule.exec(rest);
      if (hit && (!first || hit.index < first.hit.index)) {
        const node = make(hit, options);
        if (node) first = { hit, node };
      }
    }
    if (!first) return [...nodes, decoded(rest)];
    if (first.hit.index) nodes.push(decoded(rest.slice(0, first.hit.index)));
    nodes.push(first.node);
    rest = rest.slice(first.hit.index + first.hit[0].length);
  }
  return nodes;
}

function reference(inside) {
  const [target, label] = inside.split(/\|(.*)/s);
  if (target.startsWith("@")) return h("span", { class: "mention" }, `@${people.get(target.slice(1))?.name ?? label ?? target.slice(1)}`);
  if (target.startsWith("#")) return h("span", { class: "mention" }, `#${channelNames.get(target.slice(1)) ?? (label || "private channel")}`);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return h("span", { class: "mention" }, `@${label || target.slice(1).split("^").pop()}`);
  return link(decoded(target), label);
}

function link(url, label) {
  return /^(https?:|mailto:)/.test(url) ? h("a", { href: url, target: "_blank", rel: "noreferrer noopener" }, decoded(label || url)) : decoded(label || url);
}

function date(target, fallback) {
  const [, seconds, format] = target.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime()) || !format) return decoded(fallback || "");
  const shown = format.replace(/\{(\w+)\}/g, (token, name) => TOKENS[name]?.(moment) ?? token);
  return h("time", { datetime: moment.toISOString(), title: moment.toString() }, shown);
}

const written = (options) => (moment) => {
  const old = Math.abs(Date.now() - moment) > 183 * 86400e3;
  return moment.toLocaleDateString("en-US", old ? { ...options, year: "numeric" } : options);
};
const pretty = (plain) => (moment) => {
  const days = Math.round((new Date(moment).setHours(12, 0, 0, 0) - new Date().setHours(12, 0, 0, 0)) / 86400e3);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[days] ?? plain(moment);
};
const DATE = written({ month: "long", day: "numeric" });
const SHORT = written({ month: "short", day: "numeric" });
const LONG = written({ weekday: "long", month: "long", day: "numeric" });
const TOKENS = {
  date_num: (moment) => new Date(moment - moment.getTimezoneOffset() * 60e3).toISOString().slice(0, 10),
  date: DATE, date_short: SHORT, date_long: LONG,
  date_pretty: pretty(DATE), date_short_pretty: pretty(SHORT), date_long_pretty: pretty(LONG),
  time: (moment) => moment.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }),
  time_secs: (moment) => moment.toLocaleTimeString([], { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (moment) => ago((Date.now() - moment) / 1000),
};

export function ago(seconds) {
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    const number = Math.floor(Math.abs(seconds) / size);
    if (number) return seconds > 0 ? `${number} ${unit}${number > 1 ? "s" : ""} ago` : `in ${number} ${unit}${number > 1 ? "s" : ""}`;
  }
  return "just now";
}
