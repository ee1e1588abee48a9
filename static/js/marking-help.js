// A call for help from the exam room. It is called only when the server says so; otherwise the button works again.
import { post } from "./marking-post.js";
import { texts } from "./marking-words.js";

export function offerHelp() {
  const dialog = document.getElementById("marking-help");
  if (!dialog) return;
  const [form, answer] = [dialog.querySelector("form"), dialog.querySelector("[data-answer]")];
  document.querySelector('[data-open="marking-help"]').addEventListener("click", () => dialog.showModal());
  form.addEventListener("submit", async (event) => {
    if (event.submitter?.value === "close") return;
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    answer.textContent = texts.calling;
    const { ok, message } = await post(form.dataset.url, { note: form.elements.note.value });
    answer.dataset.state = ok ? "called" : "failed";
    answer.textContent = ok ? texts.called : message || texts.notCalled;
    delete form.dataset.busy;
  });
}
