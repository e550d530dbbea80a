// Makes elements. Text only ever becomes text nodes: nothing on this page is parsed as HTML.

export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "disabled") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  return fill(node, ...children);
}

// Puts children in the place of what was there; leaves out what is nothing.
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(9).filter((child) => child !== undefined && child !== null && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

// Which control of a place has the focus; the answer puts the focus and the caret back onto it in a new drawing.
export function focusIn(place) {
  const focused = document.activeElement;
  if (!place.contains(focused)) return () => {};
  const block = focused.closest("[data-block]")?.dataset.block;
  const name = nameOf(focused);
  const caret = [focused.selectionStart, focused.selectionEnd];
  return (drawn) => {
    const all = [...drawn.querySelectorAll("button, input, select, textarea")];
    const named = all.filter((node) => node.tagName === focused.tagName && nameOf(node) === name);
    const beside = (node) => block !== undefined && node.closest("[data-block]")?.dataset.block === block;
    const found = named.find(beside) ?? named[0] ?? all.find(beside);
    found?.focus();
    if (caret[0] !== null && caret[0] !== undefined && found?.setSelectionRange) try { found.setSelectionRange(...caret); } catch { /* boxes have no caret */ }
  };
}

const nameOf = (node) => node.dataset.key ?? node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent;

let count = 0;
export const freshId = (prefix) => `${prefix}-${++count}`;

const HUES = [204, 262, 338, 18, 152, 186, 288, 42];

export function avatar(name, isApp) {
  const letters = [...(name || "?").trim()];
  const node = h("span", { class: isApp ? "avatar app" : "avatar", "aria-hidden": "true" }, isApp ? "" : (letters[0] || "?").toUpperCase());
  const hue = HUES[letters.reduce((sum, letter) => sum + letter.codePointAt(0), 0) % HUES.length];
  if (!isApp) node.style.backgroundColor = `hsl(${hue} 45% 38%)`;
  return node;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

export function onlyIcon(label, sign, onclick, more = {}) {
  return h("button", { type: "button", class: "icon", "aria-label": label, title: label, onclick, ...more }, sign);
}

// Arrow keys within a tab list, as the ARIA practices have it.
export function tabs(list, choose) {
  const all = [...list.querySelectorAll('[role="tab"]')];
  const select = (tab, focus) => {
    for (const one of all) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", chosen);
      one.tabIndex = chosen ? 0 : -1;
      byId(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) tab.focus();
    choose?.(tab.id);
  };
  for (const tab of all) {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) select(all[(all.indexOf(tab) + step + all.length) % all.length], true);
    });
  }
  return (id) => select(byId(id));
}
