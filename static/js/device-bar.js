// For people who have marks on this device that the server has not: a bar that says so until it has them, and a question
// before they sign out. The words stand in partials/device.html.
//
//   show()      -> shows the bar while something waits
//   mayLeave()  -> Promise of whether to sign out; asks while something waits, then forgets what stands on the sheets
import { device } from "./marks-device.js";
import { saveFile } from "./marks-file.js";

const DONE_SHOWN = 4000;
const LAST_TRY = 2500;

const place = document.getElementById("device");
const fill = (text, n) => text.replace("{n}", n);

/** Resolve to what the bar is about: events that wait or were refused, of stages no open page speaks about. */
async function unseen({ store, saidElsewhere }) {
  const [waiting, refused] = await Promise.all([store.unsent(), store.refused()]);
  const mine = (event) => !saidElsewhere.has(event.run);
  return { waiting: waiting.filter(mine), refused: refused.filter(mine) };
}

function words({ waiting, refused }, { state, message }) {
  const texts = place.dataset;
  if (!waiting.length) return refused.length ? fill(texts.refused, refused.length) : texts.done;
  const what = fill(texts.waiting, waiting.length);
  const how = { offline: texts.offline, failing: message || texts.failing, "signed-out": texts.signedOut, "other-user": texts.signedOut };
  return `${what} ${how[state] ?? texts.sending}`;
}

class Bar {
  #opened;
  #shown = false;
  #timer = 0;
  #drawing = null;
  #again = false;

  constructor(opened) {
    this.#opened = opened;
    this.bar = place.querySelector("[data-part=bar]");
    this.bar.querySelector("[data-part=file]").addEventListener("click", () => saveFile(opened.store));
    for (const source of [opened.store, opened.sync]) source.addEventListener("change", () => this.draw());
  }

  draw() {
    this.#again = true;
    this.#drawing ??= this.#drawAll().finally(() => {
      this.#drawing = null;
    });
    return this.#drawing;
  }

  async #drawAll() {
    while (this.#again) {
      this.#again = false;
      this.#say(await unseen(this.#opened));
    }
  }

  #say(found) {
    const { status } = this.#opened.sync;
    const isAny = found.waiting.length || found.refused.length;
    if (!isAny && !this.#shown) return;
    clearTimeout(this.#timer);
    this.#shown = isAny > 0;
    this.bar.hidden = false;
    const text = words(found, status);
    const line = this.bar.querySelector("p");
    if (line.firstChild?.data !== text) line.replaceChildren(text);
    if (found.refused.length) line.append(" ", this.#link(found.refused[0].run));
    this.bar.querySelector("[data-part=file]").hidden = !found.waiting.length || ["idle", "sending"].includes(status.state);
    this.bar.classList.toggle("message-warning", isAny > 0);
    this.bar.classList.toggle("message-success", !isAny);
    if (!isAny) this.#timer = setTimeout(() => { this.bar.hidden = true; }, DONE_SHOWN);
  }

  #link(run) {
    const link = document.createElement("a");
    link.href = place.dataset.page.replace("/0/", `/${run}/`);
    link.textContent = place.dataset.open;
    return link;
  }
}

/** Show the bar while something waits. */
export async function show() {
  await new Bar(await device()).draw();
}

/** Ask before signing out with unsent marks; resolves to whether to go on. */
export async function mayLeave() {
  const { store, sync } = await device();
  const limit = new Promise((resolve) => setTimeout(resolve, LAST_TRY));
  if ((await store.unsent()).length) await Promise.race([sync.poke(), limit]);
  if ((await store.unsent()).length && !(await ask(store))) return false;
  await store.forget();
  return true;
}

/** Show the question; resolves to whether the person signs out all the same. */
async function ask(store) {
  const dialog = place.querySelector("dialog");
  const count = async () => {
    const waiting = await store.unsent();
    dialog.querySelector("[data-part=count]").textContent = waiting.length
      ? fill(place.dataset.waiting, waiting.length)
      : place.dataset.done;
    dialog.querySelector("[data-part=volatile]").hidden = !store.volatile;
    dialog.querySelector("[data-part=stays]").hidden = waiting.length <= store.volatile;
  };
  const save = () => saveFile(store);
  await count();
  store.addEventListener("change", count);
  dialog.querySelector("[data-part=file]").addEventListener("click", save);
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  store.removeEventListener("change", count);
  dialog.querySelector("[data-part=file]").removeEventListener("click", save);
  return dialog.returnValue === "leave";
}
