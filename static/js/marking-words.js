// Words and pictures of the marking page. They stand in templates/exams/marking_texts.html, in the reader's language.

/** Fill {names} in a text. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const texts = { ...document.getElementById("marking-texts").dataset };

/** Draw an icon of the templates `icon-…` of the page. */
export const icon = (name) => document.getElementById(`icon-${name}`).content.cloneNode(true);

/** Make an element with attributes and children; a child may be a text. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Make a button that does something. */
export function button(label, act, look = "btn btn-secondary") {
  const made = element("button", { type: "button", class: look }, label);
  made.addEventListener("click", act);
  return made;
}

const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Baku" });

/** Show a moment as the clock of Baku does, as on every page. */
export const timeOfDay = (at) => hours.format(at);

/** Name a mark. */
export const markName = (value) => (value === true ? "met" : value === false ? "not_met" : "unmarked");
export const markWord = (value) => ({ met: texts.met, not_met: texts.notMet, unmarked: texts.unmarked })[markName(value)];

/** Show a running time in minutes and seconds. */
export function clockText(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Say what an event says: a mark, or a comment with whom it is for. */
export function describe(event) {
  if (!("comment" in event)) return markWord(event.value);
  if (!event.comment) return texts.noComment;
  return `${event.audience === "candidate" ? texts.candidate : texts.internal}: “${event.comment}”`;
}

/** Say where and when a mark was made. */
export function origin({ here, device, at }) {
  const where = here ? texts.here : fill(texts.elsewhere, { device: device.slice(0, 4).toUpperCase() });
  return `${where}, ${timeOfDay(at)}`;
}
