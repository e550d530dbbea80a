// Puts the page together: who one is, where one is, what the server tells.

import { blocks, notTaken, surfaceOf } from "./blocks.js";
import { Composer } from "./composer.js";
import { Modal } from "./dialogs.js";
import { avatar, byId, focusIn, h, onlyIcon, tabs } from "./dom.js";
import { noteTraffic } from "./inspector.js";
import { Messages } from "./messages.js";
import { channelNames, people } from "./mrkdwn.js";
import { drawRoom } from "./room.js";
import { noteCommand } from "./tour.js";

const start = await (await fetch("/start")).json();
for (const one of start.people) people.set(one.id, one);
const everyone = start.people.filter((one) => !one.bot);
const me = { user: everyone[0].id, channel: null };
const seen = new Map();
let channels = [];
let source;

async function act(order) {
  const body = JSON.stringify({ user: me.user, channel: me.channel, ...order });
  try {
    const response = await fetch("/act", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    const answer = await response.json();
    byId("trouble").textContent = answer.cannot ?? "";
    return answer;
  } catch {
    byId("trouble").textContent = "The sandbox stopped. Restart it with make sandbox.";
    return { cannot: "the sandbox is not running" };
  }
}

const composer = new Composer(start.commands, (text) => { noteCommand(text); act({ do: "type", text }); });
const messages = new Messages(act, (text) => composer.put(text));
messages.shortcuts = start.shortcuts;
const modal = new Modal(act);
const UNTOLD = { app: { kind: "app", name: "Usher", inside: true }, other: { kind: "public", name: "general", inside: true } };
const here = () => channels.find((one) => one.id === me.channel) ?? { id: me.channel, ...(UNTOLD[me.channel] ?? UNTOLD.other) };
const chooseTab = tabs(byId("tabs"), (id) => {
  byId("composer").hidden = true; // the Messages tab is read-only
  if (id === "tab-home") act({ do: "home" });
});
tabs(byId("panel").querySelector('[role="tablist"]'));

function connect() {
  source?.close();
  messages.clear();
  source = new EventSource(`/events?${new URLSearchParams({ user: me.user, channel: me.channel })}`);
  const on = (name, then) => source.addEventListener(name, (event) => then(JSON.parse(event.data)));
  on("channels", (told) => { channels = told; for (const one of told) channelNames.set(one.id, one.name); drawSidebar(); drawTop(); });
  on("messages", (told) => { messages.show(told, here()); seen.set(`${me.user} ${me.channel}`, told.at(-1)?.ts ?? ""); drawSidebar(); });
  on("modal", (view) => modal.show(view));
  on("home", drawHome);
  on("room", (room) => drawRoom(room, act));
  on("traffic", noteTraffic);
  source.onopen = () => byId("traffic").replaceChildren();
}

function go(user, channel) {
  const same = user === me.user && channel === me.channel;
  Object.assign(me, { user, channel });
  toggle("sidebar", false);
  if (same) return;
  connect();
  showTab();
  byId("line").focus();
}

function showTab() {
  const app = here().kind === "app";
  byId("tabs").hidden = !app || !start.home;
  if (app && start.home) chooseTab("tab-home");
  else {
    byId("home").hidden = true;
    byId("messages").hidden = false;
    byId("composer").hidden = false;
  }
}

function drawTop() {
  const place = here();
  byId("where").textContent = { public: `# ${place.name}`, private: `◆ ${place.name}` }[place.kind] ?? place.name;
  document.title = `${byId("where").textContent} · Usher sandbox`;
  byId("line").placeholder = `Message ${byId("where").textContent.replace("# ", "#")}, or type / for commands`;
}

function drawHome(view) {
  if (!view) return byId("home").replaceChildren(h("p", { class: "beginning" }, "Loading Home…"));
  const click = async (order) => { byId("trouble").textContent = notTaken(await act(order)); };
  const refocus = focusIn(byId("home"));
  byId("home").replaceChildren(...blocks(view.blocks, surfaceOf(act, { view: view.id }, {}, click)));
  refocus(byId("home"));
}

function drawSidebar() {
  const refocus = focusIn(byId("sidebar"));
  const entry = (key, chosen, label, onclick, more = []) => h("li", {}, h("button", { type: "button", "data-key": key, "aria-current": chosen ? "true" : null, onclick }, more, label));
  const channel = (one) => {
    const fresh = one.id !== me.channel && one.latest > (seen.get(`${me.user} ${one.id}`) ?? "");
    const sign = { public: "# ", private: "◆ ", direct: "", app: "" }[one.kind];
    return entry(one.id, one.id === me.channel, h("span", { class: fresh ? "fresh" : "" }, sign + one.name, fresh && h("span", { class: "unseen" }, " (new)")),
      () => go(me.user, one.id), one.kind === "direct" || one.kind === "app" ? [avatar(one.name, one.kind === "app")] : []);
  };
  const group = (kinds) => channels.filter((one) => kinds.includes(one.kind)).map(channel);
  const apps = group(["app"]);
  byId("sidebar").replaceChildren(
    h("div", { class: "brand" }, avatar("", true), h("b", {}, "Usher sandbox"),
      onlyIcon("Dark or light", "◐", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"))),
    h("h2", {}, "You are"),
    h("ul", { class: "people" }, everyone.map((one) => entry(`as ${one.id}`, one.id === me.user,
      h("span", {}, one.real_name, h("small", {}, ` ${one.role}`)), () => be(one.id), [avatar(one.real_name)]))),
    h("h2", {}, "Channels"), h("ul", {}, group(["public", "private"])),
    h("h2", {}, "Direct messages"), h("ul", {}, group(["direct"])),
    h("h2", {}, "Apps"), h("ul", {}, apps.length ? apps : entry("app", me.channel === "app", "Usher", () => go(me.user, "app"), [avatar("", true)])));
  refocus(byId("sidebar"));
}

// Somebody else may not be where one is: then they are in the first channel.
function be(user) {
  const shared = here().kind === "public" && me.channel !== "app";
  go(user, shared ? me.channel : "C0GENERAL1");
}

function toggle(id, open) {
  const node = byId(id);
  const button = byId(`show-${id}`);
  node.classList.toggle("open", open);
  button.setAttribute("aria-expanded", node.classList.contains("open"));
  if (node.classList.contains("open")) node.querySelector("button, select")?.focus();
  else if (node.contains(document.activeElement)) button.focus();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
}

for (const id of ["sidebar", "panel"]) byId(`show-${id}`).addEventListener("click", () => toggle(id));
byId("hide-panel").addEventListener("click", () => toggle("panel", false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) { toggle("sidebar", false); toggle("panel", false); }
});
setTheme(localStorage.getItem("theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
// Until here nothing is listened to, so nothing could be clicked or typed and lost.
document.body.inert = false;
document.body.removeAttribute("aria-busy");
go(me.user, "C0GENERAL1");
