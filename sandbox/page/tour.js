// The first three steps, offered in the first channel until they are done or closed.

import { h, onlyIcon } from "./dom.js";

const STEPS = [
  ["See who's in", "/session status", /^\/session/],
  ["Remove someone", "/kick", /^\/kick/],
  ["Run a poll", '/poll "Lunch?" "Pizza" "Salad"', /^\/poll/],
];
const done = new Set();
let closed = false;
let card;

export function tour(channel, type) {
  if (closed || channel.name !== "general") return null;
  card = h("section", { class: "tour", "aria-label": "Tour" });
  draw(type);
  return card;
}

function draw(type) {
  card.replaceChildren(
    h("div", { class: "head" }, h("h2", {}, done.size < 3 ? "Get started in three steps" : "You're all set"),
      onlyIcon("Close the tour", "✕", () => { closed = true; card.remove(); })),
    h("ol", {}, STEPS.map(([title, command], number) => h("li", { class: done.has(number) ? "done" : "" },
      h("span", {}, title, done.has(number) && h("span", { class: "unseen" }, " (done)")),
      h("button", { type: "button", class: "action", onclick: () => type(command), "aria-label": `${title}: ${command}` }, h("code", {}, command))))),
    h("p", {}, done.size < 3
      ? "Click a command, then press Enter. Watch the meeting change on the right."
      : "Next: switch users on the left, add people to a meeting, or make RealtimeKit fail on the right."));
  card.onupdate = () => draw(type);
}

export function noteCommand(text) {
  STEPS.forEach(([, , shape], number) => shape.test(text) && done.add(number));
  card?.onupdate?.();
}
