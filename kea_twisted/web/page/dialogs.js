// Questions before something is changed, and what came of it.
import { el } from "./dom.js";

export function toast(text, bad = false) {
  const place = document.getElementById("toasts");
  const made = el("p", { class: bad ? "toast bad" : "toast" }, text);
  place.append(made);
  setTimeout(() => made.remove(), bad ? 15000 : 6000);
}

// Ask, then act; the dialog stays with the reason while that fails.
export function question(title, content, label, act, danger = false) {
  const problem = el("p", { class: "bad", role: "alert" });
  const yes = el("button", { type: "submit", class: danger ? "danger" : "main" }, label);
  const no = el("button", { type: "button", onclick: () => dialog.close() }, "Cancel");
  const form = el("form", { method: "dialog" }, el("h2", { id: "dialog-title" }, title), content, problem, el("div", { class: "actions" }, yes, no));
  const dialog = el("dialog", { "aria-labelledby": "dialog-title", onclose: () => dialog.remove() }, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    yes.disabled = true;
    problem.textContent = "";
    try {
      const text = await act(new FormData(form));
      dialog.close();
      if (text) toast(text);
    } catch (error) {
      problem.textContent = error.message;
      yes.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
