/** The list above the command box: commands, and the values an option can have. */
import { append, h } from "./dom.js";

/** One popup of the page; `show(input, {title, items, empty})` ties it to a combobox input. */
export function createPopup() {
  const node = h("div", { id: "popup", class: "popup", hidden: true });
  const list = h("div", { role: "listbox", id: "popup-list", "aria-label": "Suggestions" });
  let items = [];
  let at = 0;
  let owner = null;

  // A click in the list must not take the focus from the field.
  node.addEventListener("mousedown", (event) => event.preventDefault());

  function mark(index) {
    at = index;
    [...list.children].forEach((row, i) => {
      row.classList.toggle("active", i === at);
      row.setAttribute("aria-selected", String(i === at));
    });
    list.children[at]?.scrollIntoView({ block: "nearest" });
    if (items.length) owner?.setAttribute("aria-activedescendant", `popup-${at}`);
    else owner?.removeAttribute("aria-activedescendant");
  }

  function show(input, { title, items: next, empty }) {
    owner = input;
    items = next;
    list.replaceChildren();
    append(list, items.map((item, i) => h("div", { class: "popup-row", role: "option", id: `popup-${i}`, on: { click: () => pick(i), mousemove: () => i !== at && mark(i) } },
      item.picture ?? null,
      h("span", { class: "popup-text" }, h("span", { class: "popup-label" }, item.label, item.hint ? h("span", { class: "popup-hint" }, item.hint) : null), item.detail ? h("span", { class: "popup-detail" }, item.detail) : null),
      item.right ? h("span", { class: "popup-right" }, item.right) : null)));
    node.replaceChildren();
    append(node, [h("div", { class: "popup-title" }, title), items.length ? list : h("div", { class: "popup-empty" }, empty ?? "Nothing fits")]);
    node.hidden = false;
    // Readers follow the list itself, which is there only when it has something in it.
    input.setAttribute("aria-controls", items.length ? "popup-list" : "popup");
    input.setAttribute("aria-expanded", "true");
    mark(0);
  }

  function close() {
    node.hidden = true;
    items = [];
    owner?.setAttribute("aria-expanded", "false");
    owner?.removeAttribute("aria-activedescendant");
  }

  function pick(index) {
    const item = items[index];
    close();
    item?.pick();
  }

  /** Handles a key of the field; true when the popup used it. */
  function key(event) {
    if (node.hidden) return false;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && items.length) mark((at + move + items.length) % items.length);
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && items.length) pick(at);
    else if (event.key === "Escape") close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  return { node, show, close, key, isOpen: () => !node.hidden };
}
