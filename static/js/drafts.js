// What was typed survives a sign-in that had ended: kept in this tab when a form is sent, and put back on the page that
// says that nothing was done. Any other page of somebody who is signed in drops it: what was sent has arrived.
const KEY = "unsent";
const NEVER_KEPT = "[type=password], [type=file], [type=hidden], [autocomplete=off], [autocomplete=one-time-code]";

/** Keep what a form holds when it is sent. */
export function keepTyped() {
  const user = document.body.dataset.user;
  if (!user) return;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const fields = fieldsOf(form).map((field) => [field.name, field.type, field.value, isChosen(field)]);
    if (!fields.length) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ user, path: location.pathname, action: actionOf(form), fields }));
    } catch {
      // A browser that keeps nothing, or a full one: the form is sent all the same.
    }
  });
}

/** Put back what was typed, for the same person on the same page, if the page says that it was not sent. */
export function putBack() {
  const user = document.body.dataset.user;
  if (!user) return;
  const kept = taken();
  if (!kept || kept.user !== user || kept.path !== location.pathname) return;
  if (!document.querySelector("[data-unsent]")) return;
  const form = [...document.forms].find((one) => one.method === "post" && actionOf(one) === kept.action);
  if (!form) return;
  const fields = fieldsOf(form);
  for (const [name, type, value, chosen] of kept.fields) {
    const field = fields.find((one) => one.name === name && one.type === type && (!isMark(one) || one.value === value));
    if (!field) continue;
    fill(field, value, chosen);
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function fill(field, value, chosen) {
  if (isMark(field)) field.checked = chosen;
  else if (field.type === "select-multiple") {
    for (const option of field.options) option.selected = chosen.includes(option.value);
  } else field.value = value;
}

function taken() {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY));
    sessionStorage.removeItem(KEY);
    return kept;
  } catch {
    return null;
  }
}

function fieldsOf(form) {
  return [...form.elements].filter((one) => one.name && one.matches("input, select, textarea") && !one.matches(NEVER_KEPT));
}

function isMark(field) {
  return field.type === "checkbox" || field.type === "radio";
}

function isChosen(field) {
  if (field.type === "select-multiple") return [...field.selectedOptions].map((option) => option.value);
  return isMark(field) ? field.checked : true;
}

// A button or a field may be called "action", which hides that of the form.
function actionOf(form) {
  return new URL(form.getAttribute("action") || location.href, location.href).pathname;
}
