// A menu that one types in: single or multiple, with fixed options or with those that the bot offers for what is typed.

import { freshId, h } from "./dom.js";

const WAIT = 200; // ms of stillness before the bot is asked, as Slack waits

// options: [{text, value, description?}] | load: async (typed) => options; chosen: options; onchange(options)
export function combobox({ label, placeholder, options, load, least = 0, multiple = false, chosen = [], onchange, most = Infinity }) {
  const listId = freshId("list");
  const list = h("ul", { id: listId, role: "listbox", "aria-label": label, "aria-multiselectable": multiple || null, hidden: true });
  const input = h("input", {
    type: "text", role: "combobox", "aria-label": label, "aria-expanded": "false", "aria-controls": listId,
    "aria-autocomplete": "list", placeholder, autocomplete: "off", spellcheck: "false",
  });
  const chips = h("span", { class: "chips" });
  const root = h("div", { class: "combo" }, h("div", { class: "field" }, chips, input), list);
  let picked = [...chosen];
  let offered = [];
  let active = -1;
  let asked = 0;
  let timer;

  const textOf = (option) => option.text.text;
  const has = (option) => picked.some((one) => one.value === option.value);

  function drawPicked() {
    if (!multiple) {
      input.value = picked.length ? textOf(picked[0]) : "";
      return;
    }
    chips.replaceChildren(...picked.map((option) => h("span", { class: "chip" }, textOf(option),
      h("button", { type: "button", "aria-label": `Remove ${textOf(option)}`, onclick: () => toggle(option) }, "✕"))));
    input.placeholder = picked.length ? "" : placeholder;
  }

  function toggle(option) {
    if (multiple) {
      if (!has(option) && picked.length >= most) return;
      picked = has(option) ? picked.filter((one) => one.value !== option.value) : [...picked, option];
      input.value = "";
    } else {
      picked = [option];
    }
    drawPicked();
    close();
    input.focus();
    close();
    onchange(picked);
  }

  function note(text) {
    offered = [];
    list.replaceChildren(h("li", { class: "note", role: "option", "aria-disabled": "true" }, text));
    open();
  }

  function draw(found) {
    offered = found;
    active = found.length ? 0 : -1;
    if (!found.length) return note("No matches");
    list.replaceChildren(...found.map((option, number) => h("li", {
      id: `${listId}-${number}`, role: "option", "aria-selected": has(option),
      onmousedown: (event) => { event.preventDefault(); toggle(option); },
    }, h("span", {}, textOf(option)), option.description && h("small", {}, option.description.text))));
    open();
    mark();
  }

  function mark() {
    [...list.children].forEach((item, number) => item.classList.toggle("active", number === active));
    const item = list.children[active];
    if (item && offered.length) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }

  function open() {
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
  }

  function close() {
    clearTimeout(timer);
    asked += 1;
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  async function ask(typed) {
    const mine = ++asked;
    const found = await load(typed);
    if (mine !== asked) return;
    if (found) draw(found);
    else note("The menu could not be loaded");
  }

  function look(fresh) {
    const typed = fresh ? "" : input.value.trim();
    if (!load) {
      const words = typed.toLowerCase();
      draw(options.filter((option) => textOf(option).toLowerCase().includes(words)));
      return;
    }
    clearTimeout(timer);
    if (typed.length < least) return close();
    // What was offered for less than is typed now must not be taken by a quick Enter.
    asked += 1;
    note("Loading…");
    timer = setTimeout(() => ask(typed), fresh ? 0 : WAIT);
  }

  input.addEventListener("input", () => look(false));
  input.addEventListener("click", () => look(true));
  input.addEventListener("blur", () => { close(); if (!multiple) drawPicked(); });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (list.hidden) look(true);
      else if (offered.length) { active = (active + step + offered.length) % offered.length; mark(); }
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (!list.hidden && offered[active]) toggle(offered[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Backspace" && multiple && !input.value && picked.length) {
      toggle(picked[picked.length - 1]);
    }
  });
  drawPicked();
  return root;
}
