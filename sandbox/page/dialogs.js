// What opens above the page: modals, "Are you sure?", and a message's JSON.

import { blocks, surfaceOf } from "./blocks.js";
import { byId, fill, focusIn, freshId, h, onlyIcon } from "./dom.js";
import { textOf } from "./elements.js";

export function confirmed(spec) {
  const dialog = byId("confirm");
  return new Promise((resolve) => {
    let yes = false;
    const answer = (value) => { yes = value; dialog.close(); };
    dialog.replaceChildren(
      h("h2", { id: "confirm-title" }, textOf(spec.title)),
      h("p", {}, textOf(spec.text)),
      h("div", { class: "row" },
        h("button", { type: "button", class: "action", onclick: () => answer(false) }, textOf(spec.deny)),
        h("button", { type: "button", class: `action ${spec.style === "danger" ? "danger" : "primary"}`, onclick: () => answer(true) }, textOf(spec.confirm))));
    dialog.onclose = () => resolve(yes);
    dialog.showModal();
  });
}

export function showSource(value) {
  const dialog = byId("source");
  const text = JSON.stringify(value, null, 2);
  const copy = h("button", { type: "button", class: "action primary", onclick: async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
  } }, "Copy");
  dialog.replaceChildren(
    h("div", { class: "head" }, h("h2", { id: "source-title" }, "Blocks"), onlyIcon("Close", "✕", () => dialog.close())),
    h("pre", { tabindex: "0" }, text), h("div", { class: "row" }, copy));
  dialog.showModal();
}

// The open modal; keeps what was typed while the bot changes it.
export class Modal {
  constructor(act) {
    this.act = act;
    this.dialog = byId("modal");
    this.view = null;
    this.dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
  }

  show(view) {
    if (!view) {
      this.view = null;
      if (!this.dialog.open) return;
      this.dialog.close();
      // Chromium gives the focus back, but sometimes no keystrokes with it: let go, and take it once more.
      const focused = document.activeElement;
      focused?.blur();
      (focused && focused !== document.body ? focused : byId("line")).focus();
      return;
    }
    if (this.view?.id !== view.id) {
      this.values = {};
      this.errors = {};
      this.trouble = "";
    }
    if (this.view?.id === view.id && this.view.hash === view.hash) return;
    if (this.view?.hash !== view.hash) this.errors = {};
    const wanted = view.blocks.find((one) => one.element?.focus_on_load)?.block_id;
    // Opening a dialog puts the focus on its first button, which closes it.
    const moved = !this.dialog.open || this.view?.callback_id === "loading" || (this.view?.id === view.id && wanted !== this.wanted);
    this.wanted = wanted;
    for (const [block, actions] of Object.entries(view.state)) {
      this.values[block] = { ...actions, ...this.values[block] };
    }
    for (const block of Object.keys(this.values)) if (!view.state[block]) delete this.values[block];
    this.view = view;
    this.draw();
    if (!this.dialog.open) this.dialog.showModal();
    if (moved || !this.dialog.contains(document.activeElement)) this.focusFirst();
  }

  focusFirst() {
    const wanted = this.wanted === undefined ? null : this.dialog.querySelector(`[data-block="${CSS.escape(this.wanted)}"] :is(input, textarea)`);
    (wanted ?? this.dialog.querySelector(".body input:not([type=hidden]), .body textarea") ?? this.dialog.querySelector(".primary, .row button"))?.focus();
  }

  draw() {
    const { view } = this;
    const refocus = focusIn(this.dialog);
    const scroll = this.dialog.querySelector(".body")?.scrollTop ?? 0;
    const surface = surfaceOf(this.act, { view: view.id }, this.values, (order) => this.send(order), this.errors);
    const form = freshId("form");
    const loading = !view.submit && view.callback_id === "loading";
    fill(this.dialog,
      h("div", { class: "head" }, h("h2", { id: "modal-title" }, textOf(view.title)), onlyIcon("Close", "✕", () => this.close())),
      h("form", { id: form, class: "body", "aria-busy": loading || null, onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        blocks(view.blocks, surface), loading && h("div", { class: "spinner", role: "status", "aria-label": "Loading" })),
      this.trouble && h("p", { class: "fault", role: "alert" }, this.trouble),
      h("div", { class: "row" },
        h("button", { type: "button", class: "action", onclick: () => this.close() }, view.close ? textOf(view.close) : "Cancel"),
        view.submit && h("button", { class: "action primary", form, id: "submit" }, textOf(view.submit))));
    this.dialog.querySelector(".body").scrollTop = scroll;
    refocus(this.dialog);
  }

  async send(order) {
    const answer = await this.act({ view: this.view.id, values: this.values, ...order });
    this.trouble = answer.trouble ? `We had some trouble connecting. Try again? (${answer.trouble})` : answer.cannot ?? "";
    this.errors = answer.errors ?? this.errors;
    if (this.view && (this.trouble || Object.keys(this.errors).length)) this.draw();
    return answer;
  }

  // What Slack checks by itself before anything is sent.
  missing() {
    const errors = {};
    for (const spec of this.view.blocks.filter((one) => one.type === "input" && !one.optional)) {
      const state = this.values[spec.block_id]?.[spec.element.action_id] ?? {};
      const chosen = Object.entries(state).filter(([key]) => key.startsWith("selected_")).map(([, value]) => value);
      const there = state.value?.trim() || chosen.some((one) => (Array.isArray(one) ? one.length : one));
      if (!there) errors[spec.block_id] = "Please complete this required field.";
    }
    return errors;
  }

  async submit() {
    this.errors = this.missing();
    if (!Object.keys(this.errors).length) {
      const button = byId("submit");
      if (button.disabled) return;
      button.disabled = true;
      button.classList.add("busy");
      await this.send({ do: "submit" });
      button.disabled = false;
      button.classList.remove("busy");
    } else this.draw();
    const wrong = this.dialog.querySelector(".wrong");
    (wrong?.querySelector("input, textarea") ?? null)?.focus();
  }

  close() {
    if (this.view) this.act({ do: "close" });
  }
}
