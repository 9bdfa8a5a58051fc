/** The menu of a member: write to them, and the commands that bots put there. */
import * as api from "./api.js";
import { usable, USER_COMMAND } from "./commands.js";
import { append, h, icon, toast } from "./dom.js";
import { avatar } from "./images.js";
import * as pending from "./pending.js";
import * as store from "./store.js";

/** The open menu: `{node, anchor}`. */
let open = null;
const EDGE_PX = 8;

/** Opens the menu of a member beside the element that was clicked, or closes it. */
export function toggleMenu(member, anchor) {
  const again = open?.anchor === anchor;
  closeMenu();
  if (again) return;
  const node = h("div", { class: "menu", role: "menu", "aria-label": member.name, on: { keydown: keys } });
  append(node, items(member).map((item) => h("button", { type: "button", role: "menuitem", tabindex: -1, class: "menu-item", data: { item: item.key }, on: { click: () => choose(item) } }, item.picture, h("span", {}, item.label))));
  document.body.append(node);
  const at = anchor.getBoundingClientRect();
  node.style.setProperty("left", `${Math.max(EDGE_PX, Math.min(at.left, innerWidth - node.offsetWidth - EDGE_PX))}px`);
  node.style.setProperty("top", `${Math.max(EDGE_PX, Math.min(at.bottom, innerHeight - node.offsetHeight - EDGE_PX))}px`);
  anchor.setAttribute("aria-expanded", "true");
  open = { node, anchor };
  node.firstElementChild?.focus();
  document.addEventListener("pointerdown", outside, true);
}

export function closeMenu() {
  if (!open) return;
  document.removeEventListener("pointerdown", outside, true);
  open.node.remove();
  open.anchor.setAttribute("aria-expanded", "false");
  if (!document.activeElement || document.activeElement === document.body) open.anchor.focus({ preventScroll: true });
  open = null;
}

function outside(event) {
  if (!open.node.contains(event.target) && !open.anchor.contains(event.target)) closeMenu();
}

function keys(event) {
  const rows = [...open.node.children];
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to !== undefined) rows.at(to % rows.length)?.focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

async function choose(item) {
  closeMenu();
  try {
    await item.pick();
  } catch (error) {
    toast(error.message, "error");
  }
}

function items(member) {
  const { me } = store.state;
  const out = [];
  if (store.channel()) {
    for (const command of usable(USER_COMMAND)) {
      out.push({ key: command.name, label: command.name, picture: avatar(store.person(command.application), "avatar small"), pick: () => pending.invokeMenu(command, member.id) });
    }
  }
  if (member.id !== me) {
    out.push({ key: "message", label: "Message", picture: icon("thread"), pick: () => write(member.id) });
  }
  if (member.bot) {
    const has = store.hasInstalled(member.id);
    out.push({
      key: "install", label: has ? "Remove from your account" : "Add to your account", picture: icon("person"),
      pick: () => (has ? api.remove : api.put)(`/users/${me}/applications/${member.id}`),
    });
  }
  return out.length ? out : [{ key: "none", label: "Nothing can be done here", picture: null, pick: () => {} }];
}

async function write(id) {
  const { channel } = await api.post(`/users/${store.state.me}/direct`, { with: id });
  await store.loadWorld();
  await store.openHome(channel);
}
