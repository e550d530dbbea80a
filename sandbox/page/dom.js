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

// Remembers which control in root has the focus; call the result after a new drawing to put focus and caret back there.
export function focusIn(root) {
  const focused = document.activeElement;
  if (!root.contains(focused)) return () => {};
  const name = nameOf(focused);
  const block = blockOf(focused);
  const caret = [focused.selectionStart, focused.selectionEnd];
  return (drawn) => {
    const beside = [...drawn.querySelectorAll("a[href], button, input, select, textarea")].filter((node) => blockOf(node) === block);
    const named = beside.filter((node) => nameOf(node) === name);
    // Of several with one name and no key, another one must not be taken: it may be another meeting's.
    const found = named.length === 1 || keyOf(focused) ? named[0] : block && beside.find((node) => node.matches("input, textarea"));
    found?.focus({ preventScroll: true });
    if (caret[0] !== null && caret[0] !== undefined && found?.setSelectionRange) try { found.setSelectionRange(...caret); } catch { /* boxes have no caret */ }
  };
}

const blockOf = (node) => node.closest("[data-block]")?.dataset.block;
const keyOf = (node) => node.closest("[data-key]")?.dataset.key;
const nameOf = (node) => keyOf(node) ?? node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent;

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
