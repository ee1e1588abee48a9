// Every page: whose pages and marks are on this device? Most people never mark, so this file is small; the rest is loaded
// only where the device holds something of the person who is signed in.
//
// <body data-user="5"> a page of person 5, <body data-user=""> of nobody, <body> a page that does not know.
const PAGES = "certbody-pages-";
const MARKS = "certbody-marks-";
const LAST = "certbody-user";

const { user } = document.body.dataset;
const facts = document.getElementById("device")?.dataset;
const tabs = new BroadcastChannel("certbody-device");

/** Names of the databases of marks; null where the browser does not tell them. */
async function databases() {
  const found = await indexedDB.databases?.().catch(() => null);
  return found?.map(({ name }) => name).filter((name) => name.startsWith(MARKS)) ?? null;
}

/** Delete the pages that were kept for others; they hold personal data. */
async function purgePages(keep) {
  for (const name of (await globalThis.caches?.keys()) ?? []) {
    if (name.startsWith(PAGES) && name !== PAGES + keep) await caches.delete(name);
  }
}

/** Somebody else than before: what stood on the former person's sheets is forgotten; what was never sent stays. */
async function forgetOthers(names) {
  if (localStorage.getItem(LAST) === user) return;
  if (!names || names.some((name) => name !== MARKS + user)) {
    const store = await import("./marks-store.js");
    await store.forgetOthers(user);
  }
  localStorage.setItem(LAST, user);
}

/** Load the bar if this device holds, or may hold, marks of this person. */
async function barIfNeeded(names) {
  if (!user || (names && !names.includes(MARKS + user))) return null;
  return import("./device-bar.js");
}

let isSigningOut = false;

async function signOut(form) {
  if (isSigningOut) return; // pressed twice: the question is on its way
  isSigningOut = true;
  try {
    const bar = await barIfNeeded(await databases());
    if (bar && !(await bar.mayLeave())) return;
    document.documentElement.dataset.leaving = "1";
    await purgePages("");
    tabs.postMessage({ user, left: true });
  } catch (error) {
    console.warn("What this device holds could not be put away; the next page does it:", error);
  } finally {
    isSigningOut = false;
  }
  form.submit();
}

if (user !== undefined) {
  tabs.postMessage({ user });
  const known = databases();
  Promise.all([purgePages(user), known.then(forgetOthers)]).catch((error) => console.warn("Not put away:", error));
  known.then(barIfNeeded).then((bar) => bar?.show()).catch((error) => console.warn("No bar:", error));
}

document.addEventListener("submit", (event) => {
  if (!facts || event.target.getAttribute("action") !== facts.signOut) return;
  event.preventDefault();
  signOut(event.target);
}, { capture: true });
