// The service worker of /exams/: a marking page that was opened once opens again without any network. Served through
// exams/views/worker.py, which puts `self.release` before it: {version, prefix (of static files), assets}.
//
// Kept are marking pages and the static files that they need, nothing else. The pages say "no-store", which speaks to the
// browser's own cache; here they are kept on purpose, for the one person who is signed in, and deleted by device.js when
// that person signs out, by the next page of anybody else, and after two days.
//
// A new release waits until no page uses this one, and the files of pages that are kept stay: a deployment in the middle
// of an exam breaks neither an open page nor its reload.

const PAGES = "certbody-pages-";
const FILES = "certbody-files-";
const MARKING_PAGE = /^\/exams\/runs\/\d+\/$/;
const HASHED = /\.[0-9a-f]{12}\.\w+$/; // its name changes with its content
const OWNER = /<body[^>]*\sdata-user="(\d+)"/;
const PATIENCE = 3000;
const JUST_NOW = 60_000;
const LONGEST = 48 * 60 * 60 * 1000;
const KEPT_AT = "X-Kept-At";

const { version, prefix, assets } = self.release;
const openedFromCopy = new Set(); // windows that take their files from here too, so that all are of one release

const ownCaches = async (start) => (await caches.keys()).filter((name) => name.startsWith(start));
const find = (url) => caches.match(url, { ignoreVary: true });
const isFile = (url) => url.startsWith(self.location.origin + prefix);
const afterPatience = () => new Promise((resolve) => setTimeout(resolve, PATIENCE, null));

self.addEventListener("install", (event) => {
  // A file that cannot be had now must not stand in the way: the page that needs it asks again, and is told.
  event.waitUntil(Promise.allSettled(assets.map((path) => keepFile(self.location.origin + path))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(tidy().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (MARKING_PAGE.test(url.pathname)) event.respondWith(markingPage(event, url.origin + url.pathname));
  } else if (isFile(request.url)) {
    event.respondWith(file(event));
  }
});

self.addEventListener("message", (event) => {
  if (event.data?.type !== "keep") return;
  const answer = keep(event.data).catch((error) => {
    console.warn("The page is not kept:", error);
    return false;
  });
  event.waitUntil(answer.then((kept) => event.ports[0]?.postMessage({ kept })));
});

// --- Pages -------------------------------------------------------------------------------------------------------------

/** The network first; the copy when there is none, when it takes too long, and when the server is broken. */
async function markingPage(event, url) {
  const network = fetch(event.request);
  event.waitUntil(network.then((response) => keepPage(url, response.clone())).catch(() => null));
  const copy = await copyOf(url);
  if (!copy) return network;
  const response = await Promise.race([network.catch(() => null), afterPatience()]);
  if (response && response.status < 500) return response;
  openedFromCopy.add(event.resultingClientId);
  return copy.response;
}

/** Keep the answer if it is the page of somebody; resolves to whose it is, or null. */
async function keepPage(url, response) {
  if (!response.ok || response.redirected) return null;
  const text = await response.text();
  const owner = OWNER.exec(text)?.[1];
  if (!owner) return null;
  for (const name of await ownCaches(PAGES)) if (name !== PAGES + owner) await caches.delete(name);
  const headers = new Headers(response.headers);
  headers.delete("Content-Encoding"); // the text is unpacked
  headers.delete("Content-Length");
  headers.set(KEPT_AT, String(Date.now()));
  // The page learns that it is a copy, and how old: its moments and marks are of then.
  const marked = text.replace(/<html\b/, `<html data-kept="${Date.now()}"`);
  await (await caches.open(PAGES + owner)).put(url, new Response(marked, { headers }));
  return owner;
}

/** Find the copy of a page: {response, owner, age}, or null. */
async function copyOf(url) {
  for (const name of await ownCaches(PAGES)) {
    const cache = await caches.open(name);
    const response = await cache.match(url, { ignoreVary: true });
    const age = Date.now() - Number(response?.headers.get(KEPT_AT));
    if (response && age < LONGEST) return { response, owner: name.slice(PAGES.length), age };
    if (response) await cache.delete(url);
  }
  return null;
}

/** A page asks to be kept, with the files that it has loaded; true when it will open without network. */
async function keep({ url, user, assets: loaded }) {
  if (!MARKING_PAGE.test(new URL(url).pathname)) return false;
  const copy = await copyOf(url);
  const isNew = copy?.owner === user && copy.age < JUST_NOW; // it came through this worker
  const owner = isNew ? user : await fetch(url).then((response) => keepPage(url, response)).catch(() => copy?.owner);
  await Promise.all(loaded.filter(isFile).map(async (file) => (await find(file)) ?? keepFile(file)));
  return owner === user;
}

// --- Static files ------------------------------------------------------------------------------------------------------

/** Files named by their content come from here; in development the network goes first. */
async function file(event) {
  const { request, clientId } = event;
  const copy = await find(request.url);
  if (copy && (HASHED.test(request.url) || openedFromCopy.has(clientId))) return copy;
  const network = fetch(request);
  if (!copy) return network;
  event.waitUntil(network.then((response) => put(request.url, response.clone())).catch(() => null));
  const response = await Promise.race([network.catch(() => null), afterPatience()]);
  return response?.ok ? response : copy;
}

async function keepFile(url) {
  const copy = await find(url);
  if (copy && HASHED.test(url)) return;
  const response = await fetch(url, { cache: "no-cache" }).catch(() => null);
  if (response?.ok) await put(url, response);
  else if (!copy) throw new Error(`${url} is missing`);
}

async function put(url, response) {
  if (response.ok) await (await caches.open(FILES + version)).put(url, response);
}

/** Files of earlier releases go when no page is kept that may need them. */
async function tidy() {
  const pages = await Promise.all((await ownCaches(PAGES)).map(async (name) => (await caches.open(name)).keys()));
  if (pages.flat().length) return;
  for (const name of await ownCaches(FILES)) if (name !== FILES + version) await caches.delete(name);
}
