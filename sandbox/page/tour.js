// The first three steps, offered in the first channel until they are done or closed.

import { h, onlyIcon } from "./dom.js";

const STEPS = [
  ["See who is in the room", "/session status", /^\/session/],
  ["Show somebody out", "/kick", /^\/kick/],
  ["Ask everyone", '/poll "Lunch?" "Pizza" "Salad"', /^\/poll/],
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
    h("div", { class: "head" }, h("h2", {}, done.size < 3 ? "Three steps to know Usher" : "That is Usher"),
      onlyIcon("Close the tour", "✕", () => { closed = true; card.remove(); })),
    h("ol", {}, STEPS.map(([title, command], number) => h("li", { class: done.has(number) ? "done" : "" },
      h("span", {}, title, done.has(number) && h("span", { class: "unseen" }, " (done)")),
      h("button", { type: "button", class: "action", onclick: () => type(command), "aria-label": `${title}: ${command}` }, h("code", {}, command))))),
    h("p", {}, done.size < 3
      ? "Each puts a command into the box below: press Enter to send it. Under Meetings you see what it does to the room."
      : "Now be somebody else (on the left), join a meeting by hand or let RealtimeKit fail (under Meetings), and look at each call in the Inspector."));
  card.onupdate = () => draw(type);
}

export function noteCommand(text) {
  STEPS.forEach(([, , shape], number) => shape.test(text) && done.add(number));
  card?.onupdate?.();
}
