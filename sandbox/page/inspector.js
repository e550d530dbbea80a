// Each request and answer between Slack, Usher and RealtimeKit, with its time; a click shows both bodies.

import { byId, h } from "./dom.js";

const LATE = 3000;
const MOST = 200;

export function noteTraffic(exchanges) {
  const root = byId("traffic");
  if (!root.firstChild) root.append(h("p", {}, "Newest first. Slack gives an app three seconds to take what it sends."));
  for (const one of exchanges) root.firstChild.after(row(one));
  while (root.children.length > MOST) root.lastChild.remove();
}

function row(one) {
  const late = one.receiver === "Usher" && one.ms >= LATE;
  const bad = one.status >= 400 || one.status === 0;
  const node = h("details", { class: late || bad ? "bad" : "" },
    h("summary", {},
      h("time", {}, new Date(one.began * 1000).toLocaleTimeString([], { hour12: false }) + "." + String(Math.floor((one.began * 1000) % 1000)).padStart(3, "0")),
      h("span", { class: `way to-${one.receiver.toLowerCase()}` }, `${one.sender} → ${one.receiver}`),
      h("span", { class: "ms" }, `${one.status || "no answer"} · ${one.ms} ms${late ? " (late!)" : ""}`),
      h("code", {}, one.what.replace(/([0-9a-f]{8})-[0-9a-f-]{27}/g, "$1…"))));
  node.addEventListener("toggle", async () => {
    if (!node.open || node.querySelector("pre")) return;
    const whole = await (await fetch(`/exchange/${one.number}`)).json();
    for (const part of ["request", "answer"]) {
      node.append(h("h4", {}, part), h("pre", { tabindex: "0" }, typeof whole[part] === "string" ? whole[part] : JSON.stringify(whole[part], null, 2)));
    }
  });
  return node;
}
