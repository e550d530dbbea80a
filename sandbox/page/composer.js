// Where one types: slash commands with their hints, mentions, what was typed before.

import { byId, h } from "./dom.js";
import { people } from "./mrkdwn.js";

export class Composer {
  constructor(commands, send) {
    this.commands = commands;
    this.send = send;
    this.line = byId("line");
    this.list = byId("commands");
    this.history = [];
    this.back = 0;
    this.active = 0;
    this.line.addEventListener("input", () => { this.back = 0; this.offer(); this.grow(); });
    this.line.addEventListener("keydown", (event) => this.key(event));
    this.line.addEventListener("blur", () => this.hide());
    byId("composer").addEventListener("submit", (event) => { event.preventDefault(); this.go(); });
  }

  put(text) {
    this.line.value = text;
    this.line.focus();
    this.hide();
    this.grow();
  }

  grow() {
    this.line.style.height = "auto";
    this.line.style.height = `${Math.min(this.line.scrollHeight, 160)}px`;
  }

  go() {
    const text = this.line.value.trim();
    if (!text) return;
    this.history = [text, ...this.history.filter((one) => one !== text)].slice(0, 50);
    this.put("");
    this.back = 0;
    this.send(text);
  }

  // What could be meant: commands at the start of the line, people after an @.
  offers() {
    const text = this.line.value;
    const mention = text.slice(0, this.line.selectionStart).match(/(?:^|\s)@(\w*)$/);
    if (mention) {
      return [...people.values()].filter((one) => one.name.startsWith(mention[1].toLowerCase())).slice(0, 8)
        .map((one) => ({ text: `@${one.name}`, note: one.real_name, put: text.slice(0, this.line.selectionStart - mention[1].length) + `${one.name} ` + text.slice(this.line.selectionStart) }));
    }
    if (!text.startsWith("/") || text.includes("\n")) return [];
    const [word, rest] = text.split(/ (.*)/s);
    return this.commands.filter((one) => (rest === undefined ? one.name.startsWith(word) : one.name === word))
      .map((one) => ({ text: one.name, hint: one.hint, note: one.description, put: rest === undefined ? `${one.name} ` : null }));
  }

  offer() {
    this.offered = this.offers();
    this.active = 0;
    if (!this.offered.length) return this.hide();
    this.list.replaceChildren(...this.offered.map((one, number) => h("li", {
      id: `command-${number}`, role: "option", "aria-selected": number === 0,
      onmousedown: (event) => { event.preventDefault(); this.pick(number); },
    }, h("b", {}, one.text), one.hint && h("code", {}, ` ${one.hint}`), h("small", {}, one.note))));
    this.list.hidden = false;
    this.line.setAttribute("aria-expanded", "true");
    this.mark();
  }

  mark() {
    [...this.list.children].forEach((item, number) => item.setAttribute("aria-selected", number === this.active));
    this.line.setAttribute("aria-activedescendant", `command-${this.active}`);
  }

  hide() {
    this.list.hidden = true;
    this.line.setAttribute("aria-expanded", "false");
    this.line.removeAttribute("aria-activedescendant");
  }

  pick(number) {
    const { put } = this.offered[number];
    if (put === null) return;
    this.put(put);
    this.offer();
  }

  key(event) {
    const open = !this.list.hidden && this.offered.some((one) => one.put !== null);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && open) {
      event.preventDefault();
      this.active = (this.active + step + this.offered.length) % this.offered.length;
      this.mark();
    } else if (step && (this.back || (step < 0 && !this.line.value))) {
      event.preventDefault();
      this.back = Math.max(0, Math.min(this.history.length, this.back - step));
      this.put(this.history[this.back - 1] ?? "");
    } else if (event.key === "Tab" && open) {
      event.preventDefault();
      this.pick(this.active);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      const exact = this.commands.some((one) => one.name === this.line.value.trim());
      if (open && !exact) this.pick(this.active);
      else this.go();
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.preventDefault();
      this.hide();
    }
  }
}
