// Has a marking page kept by the service worker (worker.js), so that it opens without network; device.js puts it away.
//
//   keepPage(user)     -> Promise of whether this page can be opened again without network

const WORKER = "/exams/worker.js";
const SCOPE = "/exams/";
const PATIENCE = 30_000;

/** Every script and style that this page has loaded (not what failed): the worker keeps what it does not know yet. */
function loaded() {
  const entries = performance.getEntriesByType("resource").filter(({ responseStatus }) => (responseStatus ?? 200) === 200);
  return [...new Set(entries.map((entry) => entry.name.split("#")[0]))];
}

function ask(worker, message) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(data.kept);
    worker.postMessage(message, [port2]);
  });
}

const tooLate = () => new Promise((resolve) => setTimeout(resolve, PATIENCE, false));

/** Register the worker, ask the browser not to clear this site by itself, and have this page kept. */
export async function keepPage(user) {
  if (!navigator.serviceWorker) return false; // no https, or a private window
  try {
    navigator.storage?.persist?.().catch(() => {});
    return await Promise.race([keepNow(String(user)), tooLate()]);
  } catch (error) {
    console.warn("This page will not open without network:", error);
    return false;
  }
}

async function keepNow(user) {
  const registered = navigator.serviceWorker.register(WORKER, { scope: SCOPE, updateViaCache: "none" });
  registered.catch(() => {}); // without network it fails; the worker that is there already is as good
  const known = await navigator.serviceWorker.getRegistration(SCOPE);
  if (!known?.active) await registered;
  const { active } = await navigator.serviceWorker.ready;
  return ask(active, { type: "keep", url: location.origin + location.pathname, user, assets: loaded() });
}
