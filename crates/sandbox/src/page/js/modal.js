/** The form a bot may answer with: a dialog of text fields. */
import { h, icon } from "./dom.js";

const SHORT = 1;

/** Opens the dialog; `submit(fields)` gets `{custom_id: text}`. */
export function openModal(answer, submit) {
  const inputs = fieldsOf(answer.modal.components ?? []);
  const rows = inputs.map(({ field, label, description }) => {
    const input = h(field.style === SHORT ? "input" : "textarea", {
      name: field.custom_id, placeholder: field.placeholder, required: field.required ?? true, rows: field.style === SHORT ? null : 5,
      minlength: field.min_length, maxlength: field.max_length ?? 4000,
    });
    input.value = field.value ?? "";
    return h("label", {}, h("span", {}, label ?? field.custom_id), description ? h("small", {}, description) : null, input);
  });
  const dialog = h("dialog", { class: "modal", "aria-label": answer.modal.title },
    h("form", { method: "dialog", on: { submit: send } },
      h("header", {}, h("h2", {}, answer.modal.title),
        h("button", { type: "button", class: "icon-button", "aria-label": "Cancel", on: { click: () => dialog.close() } }, icon("close"))),
      rows, h("footer", {}, h("button", { class: "button primary" }, "Submit"))));
  function send(event) {
    const fields = Object.fromEntries(new FormData(event.target));
    submit(fields);
  }
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** Text inputs in action rows (type 1) and in labels (type 18). */
function fieldsOf(components) {
  return components.flatMap((c) => {
    if (c.type === 18) return [{ field: c.component, label: c.label, description: c.description }];
    return (c.components ?? []).filter((field) => field.type === 4).map((field) => ({ field, label: field.label }));
  });
}
