// The channel: its messages in order, each drawn again only when it changed.

import { blocks, notTaken, plainOf, surfaceOf } from "./blocks.js";
import { showSource } from "./dialogs.js";
import { avatar, byId, clock, focusIn, h, onlyIcon } from "./dom.js";
import { people } from "./mrkdwn.js";
import { tour } from "./tour.js";

export class Messages {
  constructor(act, type) {
    this.act = act;
    this.type = type;
    this.shortcuts = [];
    this.list = byId("messages");
    this.drawn = new Map();
  }

  clear() {
    this.drawn.clear();
    this.list.replaceChildren();
  }

  show(messages, channel) {
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 120 || !this.drawn.size;
    const kept = new Set(messages.map((one) => one.ts));
    for (const [ts, { node }] of this.drawn) if (!kept.has(ts)) { node.remove(); this.drawn.delete(ts); }
    if (!this.list.querySelector(".beginning")) this.list.prepend(...[beginning(channel), tour(channel, this.type)].filter(Boolean));
    for (const message of messages) {
      const before = this.drawn.get(message.ts);
      if (before?.version === message.version) continue;
      const node = this.draw(message);
      if (before) {
        const refocus = focusIn(before.node);
        before.node.replaceWith(node);
        refocus(node);
      } else if (message.thread && this.drawn.has(message.thread)) this.lastOf(message.thread).after(node);
      else this.list.append(node);
      this.drawn.set(message.ts, { version: message.version, node, thread: message.thread });
    }
    if (atEnd) this.list.scrollTop = this.list.scrollHeight;
  }

  lastOf(thread) {
    const replies = [...this.drawn.values()].filter((one) => one.thread === thread);
    return (replies.at(-1) ?? this.drawn.get(thread)).node;
  }

  draw(message) {
    const author = people.get(message.user) ?? { real_name: message.user };
    const trouble = h("p", { class: "fault", role: "alert" });
    const surface = surfaceOf(this.act, { message: message.ts }, {}, async (order) => {
      trouble.textContent = "";
      trouble.textContent = notTaken(await this.act(order));
    });
    const kind = ["message", message.private && "private", message.thread && "reply"].filter(Boolean).join(" ");
    return h("article", { class: kind, "data-ts": message.ts },
      message.private && h("p", { class: "only" }, "Only visible to you"),
      avatar(author.real_name, author.role === "app" && message.user !== "USLACKBOT"),
      h("div", { class: "content" },
        h("p", { class: "author" }, h("b", {}, author.real_name), author.role === "app" && h("span", { class: "badge" }, "APP"),
          h("time", {}, clock(Number(message.ts.split(".")[0]))), message.version > 1 && h("small", {}, "(edited)")),
        h("div", { class: "blocks" }, blocks(plainOf(message), surface)),
        message.files.map((file) => h("a", { class: "file", href: `/file/${file.id}`, download: file.name }, file.name, h("small", {}, ` ${file.length.toLocaleString()} bytes`))),
        trouble),
      !message.private && author.role !== "app" && this.shortcuts.map((one) => h("button", {
        type: "button", class: "shortcut", onclick: () => this.act({ do: "shortcut", shortcut: one.callback_id, message: message.ts }),
      }, one.name)),
      message.blocks && onlyIcon("View the blocks of this message", "{ }", () => showSource({ text: message.text, blocks: message.blocks }), { class: "icon source" }));
  }
}

function beginning(channel) {
  const text = channel.kind === "app" ? "Private notices from Usher show up here."
    : channel.kind === "direct" ? "This conversation is between the two of you. Usher isn't part of it, but its commands work here too."
    : channel.inside ? "Type a slash command. Usher's replies are visible only to you; host actions are posted to the channel."
    : "Usher isn't in this channel, but its commands still work.";
  return h("p", { class: "beginning" }, h("b", {}, channel.kind === "direct" || channel.kind === "app" ? channel.name : `#${channel.name}`), " ", text);
}
