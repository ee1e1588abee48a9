// The one store and the one sender of a page, for whoever is signed in: the marking page and the bar of every other page
// use the same. What they need to know stands in partials/device.html.
import { openStore } from "./marks-store.js";
import { MarksSync } from "./marks-sync.js";
import { RunLog } from "./marks-run.js";
import { keepPage } from "./marks-offline.js";

export { Incomplete, InsecureContext } from "./marks-digest.js";
export { saveFile } from "./marks-file.js";

const REFRESH = 60_000; // another device of the same person may be at work
const LEAVING = 5000;
const FAR_OFF = 10_000; // a page may have been on its way for some seconds

let opened = null;
const shown = new Set();

/** Open the store of the signed-in person and start sending; resolves to {store, sync, saidElsewhere}. */
export function device() {
  opened ??= open();
  return opened;
}

async function open() {
  const { url, csrfCookie } = document.getElementById("device").dataset;
  const store = await openStore(document.body.dataset.user);
  const sync = new MarksSync(store, { url, csrfCookie });
  sync.start();
  // The stages whose unsent marks a page of their own speaks about: the bar leaves them out.
  return { store, sync, saidElsewhere: shown };
}

/**
 * Open a stage on its marking page: `run` (its number), `url` (where the server tells the heads), `steps` (codes in the
 * order of the checklist), and from the page's facts `heads`, `state`, `token` and `now`, the server's time when it was made.
 */
export async function openRun({ run, url, steps, heads, state, token, now }) {
  shown.add(run);
  const { store, sync } = await device();
  const log = new RunLog(store, sync, { run, steps, url });
  // A copy that was kept is older than what the device has heard since.
  const isCopy = Boolean(document.documentElement.dataset.kept);
  // The first tap may come before the first answer: by a clock that is days off it would be refused.
  if (now && !isCopy && Math.abs(now - Date.now() - store.skew) > FAR_OFF) await store.saveSkew(now - Date.now()).catch(() => {});
  const known = isCopy && (await store.run(run).catch(() => null))?.heads;
  await log.start(known ? { token } : { heads, state, token });
  const refresh = () => document.visibilityState === "visible" && log.refresh();
  window.addEventListener("online", refresh);
  window.addEventListener("pageshow", ({ persisted }) => persisted && refresh());
  document.addEventListener("visibilitychange", refresh);
  setInterval(refresh, REFRESH);
  refresh();
  keepPage(store.user).then((kept) => log.noteKept(kept));
  leaveWithTheUser(store.user);
  return log;
}

/** Somebody else has signed in, or this person has signed out, in another tab: nobody reads on here. */
function leaveWithTheUser(user) {
  const leave = () => location.replace(location.href.split("#")[0]);
  let isLeaving = false;
  new BroadcastChannel("certbody-device").onmessage = ({ data }) => {
    if (document.documentElement.dataset.leaving) return; // it is this very tab that signs out
    if (data.left) {
      // The session ends in a moment: to load the page before would only bring it back.
      isLeaving = true;
      document.documentElement.hidden = true;
      setTimeout(leave, LEAVING);
    } else if (isLeaving || (data.user && data.user !== String(user))) {
      // Without a user it may be an old page that anybody may read; it counts only after signing out.
      document.documentElement.hidden = true;
      leave();
    }
  };
}
