// Block Kit's blocks as DOM nodes.

import { h } from "./dom.js";
import { element, textOf } from "./elements.js";

// What is drawn can be used: where says which message or view it is on, values holds what is chosen and typed there,
// click(order) sends a click off. Each order carries the element as it was drawn, which the bot may have changed since.
export function surfaceOf(act, where, values, click, errors) {
  const order = (spec, element) => ({ ...where, block: spec.block_id, element });
  return {
    values, errors,
    act: (spec, element, value) => click({ do: "click", ...order(spec, element), value }),
    offers: async (spec, element, typed) => (await act({ do: "offers", ...order(spec, element), typed })).options,
  };
}

export const notTaken = (answer) => answer.trouble ? `⚠ The app didn't respond in time (${answer.trouble}).` : answer.cannot ? `⚠ ${answer.cannot}` : "";

export function blocks(specs, surface) {
  return specs.map((spec) => block(spec, surface));
}

function block(spec, surface) {
  switch (spec.type) {
    case "header": return h("h3", { class: "b-header" }, textOf(spec.text));
    case "divider": return h("hr");
    case "section": return section(spec, surface);
    case "context": return h("div", { class: "b-context" }, spec.elements.map((one) => one.type === "image"
      ? h("img", { src: one.image_url, alt: one.alt_text }) : h("span", {}, textOf(one))));
    case "actions": return h("div", { class: "b-actions" }, spec.elements.map((one) => element(one, at(spec, one, surface, true))));
    case "input": return field(spec, surface);
    case "image": return h("img", { class: "b-image", src: spec.image_url, alt: spec.alt_text });
    default: return h("p", { class: "b-unknown" }, `(${spec.type})`);
  }
}

function at(spec, one, surface, live) {
  const kept = surface.values[spec.block_id] ??= {};
  return {
    live,
    state: kept[one.action_id],
    keep: (state) => { kept[one.action_id] = state; },
    act: (value) => surface.act(spec, one, value),
    offers: (typed) => surface.offers(spec, one, typed),
  };
}

function section(spec, surface) {
  return h("div", { class: "b-section" },
    h("div", { class: "text" }, spec.text && h("p", { class: spec.text.type === "plain_text" ? "plain" : null }, textOf(spec.text)),
      spec.fields && h("div", { class: "fields" }, spec.fields.map((one) => h("p", {}, textOf(one))))),
    spec.accessory && element(spec.accessory, at(spec, spec.accessory, surface, true)));
}

function field(spec, surface) {
  const fault = surface.errors?.[spec.block_id];
  return h("div", { class: fault ? "b-input wrong" : "b-input", "data-block": spec.block_id },
    h("div", { class: "label" }, textOf(spec.label), spec.optional && h("small", {}, " (optional)")),
    element(spec.element, at(spec, spec.element, surface, spec.dispatch_action === true), spec.label.text),
    spec.hint && h("small", { class: "hint" }, textOf(spec.hint)),
    fault && h("p", { class: "fault", role: "alert" }, fault));
}

export function plainOf(message) {
  return message.blocks ?? [{ type: "section", text: { type: "mrkdwn", text: message.text ?? "" } }];
}
