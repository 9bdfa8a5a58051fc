/** Building the page: elements, icons and small helpers. Text only ever becomes text nodes. */

/**
 * Makes an element. `props` sets attributes; `class`, `on` (listeners), `style` (properties) and
 * `data` (dataset) are understood too; null, undefined and false leave an attribute out.
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "style") for (const [key, v] of Object.entries(value)) node.style.setProperty(key, v);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  append(node, children);
  return node;
}

/** Appends nodes, strings and (nested) lists of them; skips null and false. */
export function append(node, children) {
  for (const child of [children].flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Replaces what is in `node`, keeping the keyboard focus on the element with the same `data-key`. */
export function fill(node, ...children) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  node.replaceChildren();
  append(node, children);
  if (focused) node.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

/** The element with this id. */
export const byId = (id) => document.getElementById(id);

// 24 x 24 outlines, drawn for this page.
const ICONS = {
  hash: "M9.6 3 8.800 8H4.200l-.3 2h4.600l-.7 4.500H3.200l-.3 2h4.600L6.800 21h2l.7-4.500h4.500l-.7 4.500h2l.7-4.500h4.500l.3-2h-4.500L17 10h4.500l.3-2h-4.500l.8-5h-2l-.8 5h-4.500l.8-5zm.9 7H15l-.7 4.500H9.800z",
  megaphone: "M20 4v15l-7.500-3.200V20a1 1 0 0 1-1 1H8.200a1 1 0 0 1-1-.8L6.200 15H5a2 2 0 0 1-2-2v-3a2 2 0 0 1 2-2h7.500zm-2 3-4.700 2H5v4h8.300l4.700 2zM8.300 15.100l.8 3.900h1.400v-3.900z",
  speaker: "M12 3.500v17a.8.8 0 0 1-1.300.6L5.800 16.500H3.500A1.500 1.500 0 0 1 2 15V9a1.500 1.500 0 0 1 1.500-1.500h2.300l4.900-4.600a.8.8 0 0 1 1.300.6m3 4.200a5 5 0 0 1 0 8.600l-1-1.700a3 3 0 0 0 0-5.200zm2.200-3.700a9.200 9.200 0 0 1 0 16l-1-1.700a7.200 7.200 0 0 0 0-12.600z",
  stage: "M12 3a7 7 0 0 1 5.300 11.600l-1.500-1.300a5 5 0 1 0-7.600 0l-1.500 1.300A7 7 0 0 1 12 3m0 4a3 3 0 1 1 0 6 3 3 0 0 1 0-6m-5.500 14c0-3.300 2.300-6 5.500-6s5.500 2.700 5.500 6z",
  thread: "M5 3h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2m2 4v2h10V7zm0 4v2h7v-2z",
  forum: "M5 3h14a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z",
  menu: "M3 5h18v2.200H3zm0 5.900h18v2.200H3zm0 5.900h18V19H3z",
  panel: "M4 4h16a1.500 1.500 0 0 1 1.500 1.500v13A1.500 1.500 0 0 1 20 20H4a1.500 1.500 0 0 1-1.500-1.500v-13A1.500 1.500 0 0 1 4 4m.5 2v12h9V6zm11 0v12h4V6z",
  next: "M4 5.100c0-.9 1-1.400 1.700-.9l9.300 6.900a1.100 1.100 0 0 1 0 1.800l-9.300 6.900c-.7.500-1.700 0-1.700-.9zM17.500 4H20v16h-2.500z",
  play: "M6 4.300c0-1 1.100-1.600 2-1.100l11.800 7.700a1.300 1.300 0 0 1 0 2.200L8 20.800c-.9.500-2-.1-2-1.100z",
  stop: "M6 5h12a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1",
  headphones: "M12 3.500a8.500 8.500 0 0 0-8.500 8.500v5.500A2.500 2.500 0 0 0 6 20h1.500a1 1 0 0 0 1-1v-5a1 1 0 0 0-1-1h-2v-1a6.500 6.500 0 0 1 13 0v1h-2a1 1 0 0 0-1 1v5a1 1 0 0 0 1 1H18a2.500 2.500 0 0 0 2.500-2.500V12A8.500 8.500 0 0 0 12 3.500",
  leave: "M12 8.500c3.700 0 6.900 1.100 9.100 2.900.6.500.9 1.200.8 2l-.3 2a1 1 0 0 1-1.200.8l-3.400-.7a1 1 0 0 1-.8-1v-2c-1.300-.5-2.700-.7-4.200-.7s-2.900.2-4.200.7v2a1 1 0 0 1-.8 1l-3.400.7a1 1 0 0 1-1.200-.8l-.3-2c-.1-.8.200-1.500.8-2 2.200-1.800 5.400-2.900 9.100-2.900",
  lock: "M12 2.500A4.500 4.500 0 0 1 16.500 7v2.500H18a1.500 1.500 0 0 1 1.500 1.500v9a1.500 1.500 0 0 1-1.500 1.500H6A1.500 1.500 0 0 1 4.500 20v-9A1.500 1.500 0 0 1 6 9.500h1.500V7A4.500 4.500 0 0 1 12 2.500m0 2A2.500 2.500 0 0 0 9.500 7v2.500h5V7A2.500 2.500 0 0 0 12 4.500",
  sun: "M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10m-1-5.500h2v3h-2zm0 18h2v3h-2zM1.500 11h3v2h-3zm18 0h3v2h-3zM4 5.400 5.400 4l2.100 2.100-1.400 1.400zm12.500 12.500 1.400-1.400L20 18.600 18.600 20zM18.600 4 20 5.400l-2.100 2.100-1.400-1.400zM6.100 16.500l1.400 1.400L5.400 20 4 18.600z",
  moon: "M20.500 14.500A8.800 8.800 0 0 1 9.500 3.500a.6.600 0 0 0-.8-.7 9.800 9.800 0 1 0 12.500 12.500.6.600 0 0 0-.7-.8",
  eye: "M12 5c5 0 8.800 3.600 10.300 6.400a1.200 1.200 0 0 1 0 1.200C20.800 15.400 17 19 12 19s-8.800-3.600-10.300-6.400a1.200 1.200 0 0 1 0-1.200C3.200 8.600 7 5 12 5m0 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8m0 2.200a1.800 1.800 0 1 1 0 3.600 1.800 1.800 0 0 1 0-3.600",
  slash: "M14.800 3h2.700L9.200 21H6.500z",
  person: "M12 3.500a4.200 4.200 0 1 1 0 8.400 4.200 4.200 0 0 1 0-8.400m-8 16.300c0-4 3.600-6.300 8-6.300s8 2.300 8 6.300c0 .5-.3.700-.7.700H4.700c-.4 0-.7-.2-.7-.7",
  role: "M12 2.500 20 6v5.500c0 5-3.400 8.700-8 10-4.600-1.300-8-5-8-10V6zm0 2.200L6 7.300v4.200c0 3.700 2.400 6.600 6 7.900z",
  send: "M3.400 20.400 21.300 12.700a.8.8 0 0 0 0-1.400L3.400 3.600a.7.700 0 0 0-1 .8L4.500 11H13v2H4.500l-2.100 6.600a.7.700 0 0 0 1 .8",
  close: "m5.600 4.200 6.400 6.400 6.400-6.400 1.400 1.400-6.400 6.400 6.400 6.400-1.400 1.400-6.400-6.400-6.400 6.400-1.400-1.400 6.400-6.400-6.400-6.400z",
  image: "M5 4h14a1.500 1.500 0 0 1 1.500 1.500v13A1.500 1.500 0 0 1 19 20H5a1.500 1.500 0 0 1-1.500-1.500v-13A1.500 1.500 0 0 1 5 4m3.300 3A1.800 1.800 0 1 0 8.300 10.600 1.800 1.800 0 0 0 8.300 7M6 17.500h12.200l-4-6-3.200 4.200-2-2.300z",
  bolt: "M13.500 2.500 5 13.500h5.500l-1 8L18.500 10H13z",
  down: "m4.500 8.500 7.500 7.500 7.500-7.500-1.500-1.500-6 6-6-6z",
};

/** One of the page's icons; decoration only, so hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name] ?? ICONS.hash);
  path.setAttribute("fill-rule", "evenodd");
  svg.append(path);
  return svg;
}

/** A short notice in the corner; errors stay longer. */
export function toast(text, kind = "info") {
  const node = h("div", { class: `toast ${kind}` }, text);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), kind === "error" ? 8000 : 4000);
}

/** What is covered until somebody wants to see it; `kind` is `block` for more than words. */
export function spoiler(content, kind = "") {
  const node = h("span", { class: `spoiler ${kind}`.trim(), role: "button", tabindex: 0, "aria-label": "Spoiler, press to show", "aria-expanded": "false" }, h("span", {}, content));
  const show = (event) => {
    if (node.classList.contains("shown")) return;
    event.preventDefault();
    node.classList.add("shown");
    node.setAttribute("aria-expanded", "true");
    node.removeAttribute("aria-label");
  };
  node.addEventListener("click", show);
  node.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && show(event));
  return node;
}
