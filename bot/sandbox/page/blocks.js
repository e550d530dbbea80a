// Block Kit's blocks as DOM nodes.

import { h } from "./dom.js";
import { element, textOf } from "./elements.js";

// surface: {act(block, element, value), offers(block, element, typed), values, errors}
export function blocks(specs, surface) {
  return specs.map((spec, number) => block(spec, number, surface));
}

function block(spec, number, surface) {
  switch (spec.type) {
    case "header": return h("h3", { class: "b-header" }, textOf(spec.text));
    case "divider": return h("hr");
    case "section": return section(spec, number, surface);
    case "context": return h("div", { class: "b-context" }, spec.elements.map((one) => one.type === "image"
      ? h("img", { src: one.image_url, alt: one.alt_text }) : h("span", {}, textOf(one))));
    case "actions": return h("div", { class: "b-actions" }, interactive(spec).map((one, place) => element(one, at(spec, number, place, one, surface, true))));
    case "input": return field(spec, number, surface);
    case "image": return h("img", { class: "b-image", src: spec.image_url, alt: spec.alt_text });
    default: return h("p", { class: "b-unknown" }, `(${spec.type})`);
  }
}

// As the stand-in counts them: what can be used, and images.
const interactive = (spec) => spec.elements.filter((one) => !["plain_text", "mrkdwn"].includes(one.type));

function at(spec, number, place, one, surface, live) {
  const kept = surface.values[spec.block_id] ??= {};
  return {
    live,
    state: kept[one.action_id],
    keep: (state) => { kept[one.action_id] = state; },
    act: (value) => surface.act(number, place, value),
    offers: (typed) => surface.offers(number, place, typed),
  };
}

function section(spec, number, surface) {
  return h("div", { class: "b-section" },
    h("div", { class: "text" }, spec.text && h("p", {}, textOf(spec.text)),
      spec.fields && h("div", { class: "fields" }, spec.fields.map((one) => h("p", {}, textOf(one))))),
    spec.accessory && element(spec.accessory, at(spec, number, 0, spec.accessory, surface, true)));
}

function field(spec, number, surface) {
  const fault = surface.errors?.[spec.block_id];
  return h("div", { class: fault ? "b-input wrong" : "b-input", "data-block": spec.block_id },
    h("div", { class: "label" }, textOf(spec.label), spec.optional && h("small", {}, " (optional)")),
    element(spec.element, at(spec, number, 0, spec.element, surface, spec.dispatch_action === true), spec.label.text),
    spec.hint && h("small", { class: "hint" }, textOf(spec.hint)),
    fault && h("p", { class: "fault", role: "alert" }, fault));
}

export function plainOf(message) {
  return message.blocks ?? [{ type: "section", text: { type: "mrkdwn", text: message.text ?? "" } }];
}
