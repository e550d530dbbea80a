// Block Kit's interactive elements: buttons, menus, boxes, inputs.

import { combobox } from "./combobox.js";
import { confirmed } from "./dialogs.js";
import { freshId, h } from "./dom.js";
import { channelNames, mrkdwn, people, withEmoji } from "./mrkdwn.js";

// where: {act(value) → sends a click, offers(typed), state: what is chosen or typed, keep(state), live: acts at once}
export function element(spec, where, label = "") {
  const name = label || spec.placeholder?.text || spec.action_id || spec.type;
  switch (spec.type) {
    case "button": return button(spec, where);
    case "overflow": return overflow(spec, where);
    case "plain_text_input": return input(spec, where, name);
    case "checkboxes": case "radio_buttons": return boxes(spec, where, name);
    case "image": return h("img", { src: spec.image_url, alt: spec.alt_text });
    default: return menu(spec, where, name);
  }
}

export function textOf(text) {
  if (text.type === "mrkdwn") return mrkdwn(text.text, { verbatim: text.verbatim });
  return text.emoji === false ? text.text : withEmoji(text.text);
}

// What a click means, whichever drawing it's on: each has a nonce (n) of its own.
const keyFor = (spec, value) => `${spec.action_id} ${value?.replace(/"n":"[^"]*"/, "")}`;

function button(spec, where) {
  const node = h("button", { type: "button", "data-key": keyFor(spec, spec.value), class: `action ${spec.style ?? ""}`, "aria-label": spec.accessibility_label, onclick: async () => {
    if (spec.confirm && !(await confirmed(spec.confirm))) return;
    if (spec.url) window.open(spec.url, "_blank", "noopener");
    node.classList.add("busy");
    node.setAttribute("aria-busy", "true");
    await where.act();
    node.classList.remove("busy");
    node.removeAttribute("aria-busy");
  } }, textOf(spec.text));
  return node;
}

function overflow(spec, where) {
  const list = h("ul", { role: "menu", hidden: true }, spec.options.map((option) => h("li", { role: "none" }, h("button", {
    type: "button", role: "menuitem", onclick: async () => {
      close();
      if (!spec.confirm || (await confirmed(spec.confirm))) where.act(option);
    },
  }, textOf(option.text)))));
  const close = () => { list.hidden = true; opener.setAttribute("aria-expanded", "false"); };
  const opener = h("button", { type: "button", class: "action", "aria-label": "More", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => {
    list.hidden = !list.hidden;
    opener.setAttribute("aria-expanded", !list.hidden);
    if (!list.hidden) list.querySelector("button").focus();
  } }, "⋯");
  const root = h("div", { class: "overflow", "data-key": keyFor(spec, spec.options[0].value), onkeydown: (event) => {
    const all = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && !list.hidden) all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
    else if (event.key === "Escape" && !list.hidden) { close(); opener.focus(); event.stopPropagation(); event.preventDefault(); }
  }, onfocusout: (event) => { if (!root.contains(event.relatedTarget)) close(); } }, opener, list);
  return root;
}

function input(spec, where, name) {
  const most = spec.max_length ?? 3000;
  const left = h("small", { class: "left", "aria-live": "polite" });
  const count = () => { left.textContent = most - node.value.length <= 40 ? `${most - node.value.length} left` : ""; };
  const node = h(spec.multiline ? "textarea" : "input", {
    ...(spec.multiline ? { rows: 3 } : { type: "text" }), "aria-label": name, maxlength: most, minlength: spec.min_length,
    placeholder: spec.placeholder?.text, value: where.state?.value ?? "",
    oninput: () => { where.keep({ type: spec.type, value: node.value || null }); count(); },
    onkeydown: (event) => {
      if (event.key !== "Enter" || !where.live) return;
      event.preventDefault();
      where.act();
    },
  });
  count();
  return h("div", { class: "typed" }, node, left);
}

function boxes(spec, where, name) {
  const single = spec.type === "radio_buttons";
  const group = freshId("choice");
  let chosen = single ? [where.state?.selected_option].filter(Boolean) : [...(where.state?.selected_options ?? [])];
  return h("div", { role: single ? "radiogroup" : "group", "aria-label": name, class: "boxes" }, spec.options.map((option) => h("label", {},
    h("input", {
      type: single ? "radio" : "checkbox", name: group, checked: chosen.some((one) => one.value === option.value),
      onchange: (event) => {
        chosen = single ? [option] : event.target.checked ? [...chosen, option] : chosen.filter((one) => one.value !== option.value);
        where.keep(single ? { type: spec.type, selected_option: option } : { type: spec.type, selected_options: chosen });
        if (where.live) where.act(option);
      },
    }),
    h("span", {}, textOf(option.text), option.description && h("small", {}, textOf(option.description))))));
}

function menu(spec, where, name) {
  const multiple = spec.type.startsWith("multi_");
  const kind = spec.type.replace("multi_", "");
  // Menus of people and of channels send ids, the others the whole option.
  const ids = { users_select: "user", conversations_select: "conversation", channels_select: "channel" }[kind];
  const everywhere = [...channelNames].filter(([id]) => id.startsWith("C")).map(([id, known]) => ({ text: { type: "plain_text", text: `#${known}` }, value: id }));
  const everybody = [...people.values()].map((one) => ({ text: { type: "plain_text", text: one.real_name }, value: one.id }));
  const fixed = { user: everybody, conversation: everywhere, channel: everywhere }[ids];
  const held = ids && `selected_${ids}${multiple ? "s" : ""}`;
  const kept = ids && fixed.filter((one) => [where.state?.[held]].flat().includes(one.value));
  const chosen = kept ?? (multiple ? where.state?.selected_options ?? spec.initial_options ?? [] : [where.state?.selected_option ?? spec.initial_option].filter(Boolean));
  return combobox({
    label: name, placeholder: spec.placeholder?.text ?? "Choose", multiple, chosen, most: spec.max_selected_items,
    options: fixed ?? spec.options ?? spec.option_groups?.flatMap((group) => group.options),
    load: kind === "external_select" ? where.offers : undefined,
    least: kind === "external_select" ? spec.min_query_length ?? 3 : 0,
    onchange: async (picked) => {
      if (ids) where.keep({ type: spec.type, [held]: multiple ? picked.map((one) => one.value) : picked[0]?.value ?? null });
      else where.keep(multiple ? { type: spec.type, selected_options: picked } : { type: spec.type, selected_option: picked[0] ?? null });
      if (where.live && (!spec.confirm || (await confirmed(spec.confirm)))) where.act(picked[0]);
    },
  });
}
