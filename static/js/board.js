// The live board: asks every ten seconds whether anything has happened, and renews only what is another than before.
// While the page is hidden nothing is asked; when it is looked at again, at once.
const PAUSE = 10_000;
const TIMEOUT = 8_000;
const MINUTE = 60_000;

const board = document.getElementById("board");
const said = document.getElementById("board-said");
const trouble = document.getElementById("board-trouble");
const texts = board.dataset;

let etag = texts.etag;
let skew = Number(texts.now) - Date.now();
let updated = Date.now();
let timer = 0;
let asking = false;

/** What the server sent of everything that has an id, before this script wrote minutes into it. */
let sent = htmlOf(board);

function keyed(root) {
  return [...root.querySelectorAll("[data-keyed]")];
}

function htmlOf(root) {
  return new Map(keyed(root).flatMap((list) => [...list.children].map((one) => [one.id, one.outerHTML])));
}

// ---- Minutes -------------------------------------------------------------------------------------------------------

const minutes = (text, milliseconds) => text.replace("{n}", String(Math.max(0, Math.floor(milliseconds / MINUTE))));

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function drawTime(now) {
  for (const one of board.querySelectorAll("[data-since]")) write(one, `(${minutes(texts.minutes, now - one.dataset.since)})`);
  for (const one of board.querySelectorAll("[data-until]")) {
    const left = one.dataset.until - (one.dataset.pausedAt ?? now);
    const text = left >= 0 ? minutes(texts.left, left) : minutes(texts.over, -left);
    one.classList.toggle("board-bad", left < 0);
    write(one, one.dataset.pausedAt ? `${text} · ${texts.paused}` : text);
  }
  for (const one of board.querySelectorAll("[data-minimum]")) {
    const left = one.dataset.minimum - (one.dataset.pausedAt ?? now);
    write(one, left > 0 ? `(${minutes(texts.toMinimum, left + MINUTE - 1)})` : `(${texts.minimumReached})`);
  }
}

function draw() {
  drawTime(Date.now() + skew);
}

// ---- Renewing ------------------------------------------------------------------------------------------------------

/** Put in place what is another than before; focus stays where it was, or goes to the board when that place is gone. */
function renew(html) {
  const parsed = new DOMParser().parseFromString(`<div>${html}</div>`, "text/html").body.firstElementChild;
  const fresh = htmlOf(parsed);
  const focused = board.contains(document.activeElement) ? document.activeElement.id : "";
  const calls = [...parsed.querySelectorAll("[data-said]")].filter((one) => !sent.has(one.id));
  for (const list of keyed(parsed)) renewList(document.getElementById(list.id), list, fresh);
  const frame = board.querySelector(".table-frame");
  if (frame) frame.className = parsed.querySelector(".table-frame").className;
  sent = fresh;
  draw();
  if (focused && document.activeElement?.id !== focused) {
    (document.getElementById(focused) ?? board).focus({ preventScroll: true });
  }
  if (calls.length) said.textContent = calls.map((one) => one.dataset.said).join(" ");
}

function renewList(list, parsed, fresh) {
  const wanted = [...parsed.children];
  const ids = new Set(wanted.map((one) => one.id));
  for (const one of [...list.children]) if (!ids.has(one.id)) one.remove();
  wanted.forEach((one, place) => {
    let there = document.getElementById(one.id);
    if (!there) there = document.importNode(one, true);
    else if (sent.get(one.id) !== fresh.get(one.id)) {
      const other = document.importNode(one, true);
      there.replaceWith(other);
      there = other;
    }
    if (list.children[place] !== there) list.insertBefore(there, list.children[place] ?? null);
  });
}

// ---- Asking --------------------------------------------------------------------------------------------------------

async function ask() {
  if (asking || document.visibilityState !== "visible") return;
  asking = true;
  try {
    const response = await fetch(location.href, {
      headers: { "X-Board-Part": "1", "If-None-Match": /^(W\/)?"/.test(etag) ? etag : `"${etag}"` },
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (response.status === 200) {
      etag = response.headers.get("ETag") ?? "";
      renew(await response.text());
    }
    settle(response);
  } catch {
    tell(trouble.dataset.offline);
  }
  asking = false;
  plan();
}

function settle(response) {
  if (response.status === 200 || response.status === 304) {
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (Number.isFinite(date) && Math.abs(date - Date.now() - skew) > 2000) skew = date - Date.now();
    updated = Date.now();
    trouble.hidden = true;
  } else if (response.type === "opaqueredirect" || response.status === 403) {
    tell(trouble.dataset.signedOut);
  } else {
    tell(trouble.dataset.offline);
  }
}

function tell(text) {
  const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "short", timeZone: "Asia/Baku" }).format(updated + skew);
  trouble.hidden = false;
  write(trouble, text.replace("{time}", time));
}

function plan() {
  clearTimeout(timer);
  if (document.visibilityState === "visible") timer = setTimeout(ask, PAUSE);
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") ask();
  else clearTimeout(timer);
});
window.addEventListener("online", ask);
setInterval(draw, 1000);
draw();
plan();
