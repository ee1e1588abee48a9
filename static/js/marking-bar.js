// What the page says about itself: how many marks the server has and how many are only here, the connection, and notices.
import { element, fill, icon, texts, timeOfDay } from "./marking-words.js";

const CLOCK_OFF = 2 * 60_000;
const YEARS_OFF = 365 * 86_400_000; // exams/wire.py refuses marks made by such a clock

/** A list of notices, each under a name: set again it changes, set to "" it goes. */
class Notices {
  #place = document.getElementById("marking-notices");

  set(name, words, { tone = "warning", act = null } = {}) {
    const old = this.#place.querySelector(`[data-notice="${name}"]`);
    if (old?.dataset.words === words || (!old && !words)) return;
    if (!words) {
      old.remove();
      return;
    }
    const role = tone === "error" ? "alert" : "status";
    const made = element("div", { class: `message message-${tone}`, role, "data-notice": name, "data-words": words });
    made.append(icon(tone === "info" ? "info" : "alert"), element("p", {}, words));
    if (act) made.append(act);
    if (old) old.replaceWith(made);
    else this.#place.append(made);
  }
}

/** A link that stands in the page, hidden, for when a notice needs it. */
function link(name) {
  const found = document.getElementById(`act-${name}`).content.cloneNode(true);
  return found.firstElementChild;
}

const sentence = (status) =>
  ({
    idle: texts.connected,
    sending: texts.sending,
    offline: texts.offline,
    "signed-out": texts.signedOutShort,
    "other-user": texts.signedOutShort,
    failing: status.code === "version" ? texts.oldPage : status.message || texts.failing,
  })[status.state];

export class Bar {
  notices = new Notices();
  #wasFailing = false;

  draw(status, { now, started, running }) {
    const left = status.total - status.marked;
    document.getElementById("marking-count").textContent = fill(texts.count, { n: status.marked, total: status.total });
    document.getElementById("marking-left").textContent = left ? fill(texts.left, { n: left }) : texts.noneLeft;
    document.getElementById("marking-progress").value = status.marked;
    document.getElementById("marking-next")?.toggleAttribute("disabled", !left); // not there once the sheet is closed
    this.#status(status);
    this.#notices(status, { now, started, running });
  }

  #status(status) {
    const place = document.getElementById("marking-status");
    const isSafe = status.state === "idle" && !status.waiting;
    place.dataset.state = isSafe ? "stored" : ["idle", "sending"].includes(status.state) ? "sending" : "failing";
    place.dataset.onServer = status.onServer;
    place.dataset.onlyHere = status.waiting;
    const kept = status.kept === true ? ` · ${texts.worksOffline}` : "";
    const how = `${sentence(status)}${status.state === "idle" ? kept : ""}`;
    const [count, words] = place.children;
    const text = fill(texts.where, { n: status.onServer, here: status.waiting });
    if (count.textContent !== text) count.textContent = text;
    if (words.textContent !== how) words.textContent = how;
    this.#say(place.dataset.state === "failing", how);
  }

  /** Counts change with every tap and are read on demand; said aloud is only that the connection is lost, or back. */
  #say(isFailing, how) {
    if (isFailing === this.#wasFailing) return;
    this.#wasFailing = isFailing;
    document.getElementById("marking-how-said").textContent = isFailing ? how : texts.connected;
  }

  #notices(status, { now, started, running }) {
    const { notices } = this;
    const out = { "signed-out": texts.signedOut, "other-user": texts.otherUser }[status.state] ?? "";
    notices.set("signed-out", out, { tone: "error", act: out && link("sign-in") });
    notices.set("version", status.code === "version" ? texts.oldPageLong : "", { tone: "error" });
    notices.set("durable", status.durable ? "" : texts.notDurable, { tone: "error" });
    notices.set("kept", status.kept === false && running ? texts.needsNetwork : "", { tone: "info" });
    notices.set("clock", this.#clock(status, now, started, running));
  }

  /** The device's own clock is wrong: that does no harm, for the server's is reckoned with, unless it is not known. */
  #clock({ skew }, now, started, running) {
    if (!running) return "";
    if (Math.abs(skew) > YEARS_OFF) return texts.clockYears;
    if (now < started - 30_000) return fill(texts.clockBefore, { time: timeOfDay(now), start: timeOfDay(started) });
    return Math.abs(skew) > CLOCK_OFF ? fill(texts.clockOff, { n: Math.round(Math.abs(skew) / 60_000) }) : "";
  }
}
