// The meetings as they are, beside what Slack shows of them; and the switches for faults.

import { byId, clock, fill, focusIn, h } from "./dom.js";
import { ago } from "./mrkdwn.js";

const NAMES = { realtimekit: "RealtimeKit", slack: "Slack", acks: "Usher's acknowledgements" };
let chosen, inSight;

export function drawRoom(room, act) {
  const root = byId("room");
  const refocus = focusIn(root);
  const typed = byId("join-name")?.value ?? "";
  const scroll = root.scrollTop;
  // It follows what the channel talks about; what was chosen here stays until that changes.
  if (room.in_sight && room.in_sight !== inSight) chosen = inSight = room.in_sight;
  const meeting = room.meetings.find((one) => one.id === chosen) ?? room.meetings[0];
  const doing = (order) => act({ do: "room", meeting: meeting.id, ...order });
  fill(root,
    h("div", { class: "labelled" }, h("label", { for: "meeting" }, "Meeting"),
      h("select", { id: "meeting", onchange: (event) => { chosen = event.target.value; drawRoom(room, act); } },
        room.meetings.map((one) => h("option", { value: one.id, selected: one === meeting }, `${one.title || "Untitled"} (${one.count})`)))),
    h("p", { class: "state" }, meeting.since ? h("span", { class: "live" }, "● Live") : h("span", {}, "○ Not live"),
      meeting.since && ` for ${ago(Date.now() / 1000 - meeting.since).replace(" ago", "")}`, meeting.locked && " · locked",
      meeting.recording && h("span", { class: "recording" }, meeting.recording === "paused" ? " · ⏸ recording paused" : " · ● recording")),
    h("form", { class: "join", onsubmit: (event) => {
      event.preventDefault();
      const name = byId("join-name").value.trim();
      if (name) { byId("join-name").value = ""; doing({ what: "join", name }); }
    } },
      h("input", { id: "join-name", "aria-label": "Who joins", placeholder: "A name", list: "away", value: typed, disabled: meeting.locked }),
      h("datalist", { id: "away" }, meeting.away.map((one) => h("option", { value: one.name ?? "" }))),
      h("button", { id: "join", class: "action", disabled: meeting.locked }, "Add")),
    h("h3", {}, `${meeting.count} here`),
    h("ul", { class: "people" }, meeting.people.map((one) => h("li", {}, h("span", {}, one.name?.trim() || "(no name)"),
      h("button", { type: "button", class: "quiet", "data-key": one.id, "aria-label": `Remove ${one.name}`, onclick: () => doing({ what: "leave", person: one.id }) }, "remove")))),
    meeting.gone.length > 0 && [h("h3", {}, "Left"), h("ul", { class: "gone" }, meeting.gone.map((one) =>
      h("li", {}, `${one.name?.trim() || "(no name)"} `, h("small", {}, `${one.kicked ? "was removed" : "left"} ${clock(one.at)}`))))],
    meeting.polls.map((poll) => [h("h3", {}, poll.question), h("ul", { class: "votes" }, poll.options.map(([text, count]) =>
      h("li", {}, h("span", {}, text), h("meter", { min: 0, max: Math.max(1, meeting.count), value: count, "aria-label": text }), h("small", {}, count))))]),
    h("label", { class: "check" }, h("input", { id: "lively", type: "checkbox", checked: room.lively, onchange: (event) => doing({ what: "lively", on: event.target.checked }) }),
      "Simulate people joining, leaving and voting"),
    h("h3", {}, "Simulate failures"),
    Object.entries(room.offered).map(([name, all]) => h("div", { class: "labelled" }, h("label", { for: `switch-${name}` }, NAMES[name]),
      h("select", { id: `switch-${name}`, class: room.switches[name] === all[0] ? "" : "fault", onchange: (event) => doing({ what: "switch", name, to: event.target.value }) },
        all.map((one) => h("option", { value: one, selected: one === room.switches[name] }, one))))));
  root.scrollTop = scroll;
  refocus(root);
}
