"""The modules that run on the device, each by itself in a browser: the log, the receipt, the store, the sender."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from exams import canonical

pytestmark = pytest.mark.browser

ORIGIN = (
    "http://localhost"  # nobody listens there: every answer is made here, so that no server and database are needed
)
VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "receipt.json").read_text())
# A mark as the page makes it, and what the modules are given beside it.
PRELUDE = """
  window.at = (name) => import(`/static/js/${name}.js`);
  window.made = (step, value, replaces = [], id = null) => ({
    id: id ?? crypto.randomUUID(), run: 12, step, value, minute: 3, at: Date.now(), skew: 0, replaces,
  });
  window.openSync = async (user = 5) => {
    const { openStore } = await at("marks-store");
    const { MarksSync } = await at("marks-sync");
    window.store = await openStore(user);
    window.sync = new MarksSync(store, { url: "/exams/marks/", csrfCookie: "csrftoken" });
  };
"""


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser in which the project's scripts can be loaded, and nothing else."""
    context = browser.new_context(base_url=ORIGIN)
    context.set_default_timeout(10_000)
    context.route(f"{ORIGIN}/static/**", serve_script)
    context.route(f"{ORIGIN}/", lambda route: route.fulfill(content_type="text/html", body="<title>bare</title>"))
    yield context
    context.close()


@pytest.fixture
def bare(context: BrowserContext) -> Iterator[Page]:
    """An empty page of a device that holds nothing."""
    page = opened(context.new_page())
    yield page
    page.evaluate("indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name)))")
    for one in context.pages:
        one.close()


def serve_script(route: Route) -> None:
    path = settings.PROJECT_DIR / route.request.url.removeprefix(f"{ORIGIN}/")
    route.fulfill(content_type="text/javascript", body=path.read_text())


def opened(page: Page) -> Page:
    page.goto("/")
    page.evaluate(PRELUDE)
    return page


@pytest.mark.parametrize("receipt", VECTORS["receipts"], ids=lambda receipt: receipt["name"])
def test_receipt_is_the_same_on_the_server(receipt):
    comments = {one["step"]: (one["audience"], one["text"]) for one in receipt["comments"]}
    text = canonical.canonical_text(receipt["run"], receipt["assessor"], receipt["steps"], receipt["marks"], comments)
    digest = canonical.digest(text)
    assert (text, digest, canonical.short_code(digest)) == (receipt["text"], receipt["sha256"], receipt["code"])


def test_receipts_are_the_same_on_the_device(bare):
    found = bare.evaluate(
        """async ({ receipts, codes }) => {
          const { canonicalText, sha256, shortCode } = await at("marks-digest");
          const made = await Promise.all(receipts.map(async (one) => {
            const text = canonicalText(one);
            const digest = await sha256(text);
            return [text, digest, shortCode(digest)];
          }));
          return { made, codes: codes.map((one) => shortCode(one.sha256)) };
        }""",
        VECTORS,
    )
    assert found["made"] == [[one["text"], one["sha256"], one["code"]] for one in VECTORS["receipts"]]
    assert found["codes"] == [one["code"] for one in VECTORS["codes"]]


def test_receipt_of_an_unmarked_step_or_without_https_is_refused_by_name(bare):
    found = bare.evaluate(
        """async () => {
          const { canonicalText, sha256 } = await at("marks-digest");
          const names = [];
          await Promise.resolve({ run: 1, assessor: 1, steps: ["A.1"], marks: {} })
            .then(canonicalText).catch((error) => names.push(error));
          Object.defineProperty(crypto, "subtle", { value: undefined });
          await sha256("").catch((error) => names.push(error));
          return names.map((error) => [error.constructor.name, error.step ?? null]);
        }"""
    )
    assert found == [["Incomplete", "A.1"], ["InsecureContext", None]]


def test_log_keeps_what_two_devices_say_until_one_event_replaces_both(bare):
    found = bare.evaluate(
        """async () => {
          const { fold, markOf, commentOf, currentMarks, differences } = await at("marks-log");
          const [a, b, c] = [made("A.1", true), made("A.1", false), made("A.1", true)];
          const settled = made("A.1", false, [a.id, b.id, c.id]);
          const note = { ...made("A.2"), comment: "x", audience: "internal" };
          delete note.value;
          const look = (...events) => {
            const log = fold(events);
            const { value, difference, heads } = markOf(log, "A.1");
            return [value, difference, heads.length, currentMarks(log), differences(log).length];
          };
          return {
            alone: look(a), replayed: look(a, a), agreed: look(c, a), differ: look(a, b),
            settled: look(settled, b, c, a),
            back: look(a, made("A.1", null, [a.id])),
            comment: commentOf(fold([note]), "A.2").text,
            apart: markOf(fold([note]), "A.2").value,
          };
        }"""
    )
    assert found == {
        "alone": [True, False, 1, {"A.1": True}, 0],
        "replayed": [True, False, 1, {"A.1": True}, 0],
        "agreed": [True, False, 2, {"A.1": True}, 0],
        "differ": [None, True, 2, {}, 1],
        "settled": [False, False, 1, {"A.1": False}, 0],
        "back": [None, False, 1, {}, 0],
        "comment": "x",
        "apart": None,
    }


def test_sequence_numbers_are_given_out_once_also_to_two_stores_at_once(bare):
    found = bare.evaluate(
        """async () => {
          const { openStore } = await at("marks-store");
          const [one, other] = await Promise.all([openStore(5), openStore(5)]);
          const steps = Array.from({ length: 20 }, (_, n) => `A.${n}`);
          const kept = await Promise.all(steps.map((step, n) => (n % 2 ? one : other).append(made(step, true))));
          const unsent = await one.unsent(12);
          return {
            sequence: unsent.map((event) => event.seq), kept: kept.length,
            same: one.device === other.device, durable: one.durable, counts: await other.counts(),
          };
        }"""
    )
    assert found == {
        "sequence": list(range(1, 21)),
        "kept": 20,
        "same": True,
        "durable": True,
        "counts": {"12": 20},
    }


def test_store_of_another_person_holds_nothing_of_the_first(bare):
    found = bare.evaluate(
        """async () => {
          const { openStore, forgetOthers } = await at("marks-store");
          const first = await openStore(5);
          await first.append(made("A.1", true));
          await first.saveRun(12, { heads: [made("A.2", true)], token: "t" });
          const second = await openStore(6);
          const seen = [await second.unsent(), await second.run(12)];
          await forgetOthers(6);
          const left = await first.run(12);
          return { seen, left: [left.heads ?? null, left.token], unsent: (await first.unsent()).length };
        }"""
    )
    assert found == {"seen": [[], None], "left": [None, "t"], "unsent": 1}


@pytest.mark.parametrize(
    "breakage",
    [
        "indexedDB.open = () => { throw new DOMException('no', 'SecurityError'); }",
        "IDBObjectStore.prototype.add = () => { throw new DOMException('full', 'QuotaExceededError'); }",
    ],
    ids=["forbidden", "full"],
)
def test_marks_that_the_browser_cannot_keep_are_sent_and_never_called_durable(bare, breakage):
    taken: list[dict[str, Any]] = []
    bare.route("**/exams/marks/", lambda route: answer(route, taken))
    found = bare.evaluate(
        f"""async () => {{
          {breakage};
          await openSync();
          await Promise.all([store.append(made("A.1", true)), store.append(made("A.2", false))]);
          const kept = [store.durable, store.volatile, (await store.unsent()).length];
          return [...kept, await sync.poke(), store.volatile];
        }}"""
    )
    assert found == [False, 2, 2, True, 0]
    assert [[event["step"], event["seq"]] for batch in taken for event in batch["events"]] == [["A.1", 1], ["A.2", 2]]


def sent(route: Route) -> dict[str, Any]:
    batch = route.request.post_data_json
    assert isinstance(batch, dict)
    return batch


def answer(route: Route, taken: list[dict[str, Any]], **changes: Any) -> None:
    """Take a batch as the server does."""
    batch = sent(route)
    taken.append(batch)
    stored = [event["id"] for event in batch["events"]]
    route.fulfill(json={"now": batch["now"], "stored": stored, "refused": [], "runs": {}, **changes})


def test_batches_go_oldest_first_and_say_what_is_left(bare):
    taken: list[dict[str, Any]] = []
    bare.route("**/exams/marks/", lambda route: answer(route, taken))
    done = bare.evaluate(
        """async () => {
          await openSync();
          await Promise.all(Array.from({ length: 201 }, () => store.append(made("A.1", true))));
          return [await sync.poke(), (await store.unsent()).length, sync.status.state];
        }"""
    )
    assert done == [True, 0, "idle"]
    assert [event["seq"] for batch in taken for event in batch["events"]] == list(range(1, 202))
    assert [(len(batch["events"]), batch["unsent"]) for batch in taken] == [(200, {"12": 1}), (1, {"12": 0})]
    assert taken[0].keys() == {"v", "assessor", "device", "now", "unsent", "events"}


ANSWERS = {
    "offline": (lambda route: route.abort(), ["offline", ""]),
    "signed out": (lambda route: route.fulfill(status=302, headers={"Location": "/elsewhere/"}), ["signed-out", ""]),
    "other user": (lambda route: route.fulfill(status=403, json={"code": "other_user", "message": "x"}),
                   ["other-user", "other_user"]),
    "broken": (lambda route: route.fulfill(status=503, body="<h1>503</h1>"), ["failing", "503"]),
    "old page": (lambda route: route.fulfill(status=400, json={"code": "version", "message": "Reload"}),
                 ["failing", "version"]),
    "not an answer": (lambda route: route.fulfill(status=200, body="<html>hotel network</html>"), ["failing", "200"]),
    "nothing taken": (lambda route: route.fulfill(json={"now": 0, "stored": [], "refused": [], "runs": {}}),
                      ["failing", "batch"]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ANSWERS)
def test_whatever_is_not_a_confirmation_keeps_the_mark_and_is_said(bare, kind):
    respond, status = ANSWERS[kind]
    bare.route("**/exams/marks/", respond)
    found = bare.evaluate(
        """async () => {
          await openSync();
          await store.append(made("A.1", true));
          const done = await sync.poke();
          return [done, (await store.unsent()).length, sync.status.state, sync.status.code];
        }"""
    )
    assert found == [False, 1, *status]
    taken: list[dict[str, Any]] = []
    bare.unroute_all()
    bare.route("**/exams/marks/", lambda route: answer(route, taken))
    assert bare.evaluate("sync.poke()") is True
    assert len(taken) == 1


def test_refused_mark_is_kept_with_its_reason_until_it_is_put_away(bare):
    refused = [{"id": None, "index": 0, "code": "step", "message": "Belə addım yoxdur."}]
    bare.route("**/exams/marks/", lambda route: answer(route, [], stored=[], refused=refused))
    found = bare.evaluate(
        """async () => {
          await openSync();
          const { id } = await store.append(made("X.9", true));
          const done = await sync.poke();
          const [event] = await store.refused(12);
          const waiting = (await store.unsent()).length;
          await store.dismiss(id);
          return [done, waiting, event.refusal.message, (await store.refused()).length];
        }"""
    )
    assert found == [True, 0, "Belə addım yoxdur.", 0]


def test_batch_that_is_too_large_is_halved_until_it_passes(bare):
    taken: list[dict[str, Any]] = []

    def small_only(route: Route) -> None:
        if len(sent(route)["events"]) > 50:
            route.fulfill(status=413, body="")
        else:
            answer(route, taken)

    bare.route("**/exams/marks/", small_only)
    bare.evaluate("""async () => {
      await openSync();
      await Promise.all(Array.from({ length: 60 }, () => store.append(made("A.1", true))));
      await sync.poke();
    }""")
    assert [len(batch["events"]) for batch in taken] == [50, 10]


def test_clock_that_is_wrong_is_noticed_and_told_with_the_next_mark(bare):
    taken: list[dict[str, Any]] = []
    bare.clock.install()
    bare.route("**/exams/marks/", lambda route: answer(route, taken, now=sent(route)["now"] + 90_000))
    bare.evaluate("""async () => {
      await openSync();
      await store.append(made("A.1", true));
      await sync.poke();
    }""")
    assert bare.evaluate("Math.round(store.skew / 1000)") == 90


def test_mark_made_in_one_tab_is_known_in_the_other(bare):
    other = opened(bare.context.new_page())
    other.evaluate("openSync().then(() => { store.addEventListener('change', () => { document.title = 'told'; }); })")
    bare.evaluate("openSync().then(() => store.append(made('A.1', true)))")
    expect(other).to_have_title("told")
    assert other.evaluate("store.unsent().then((events) => events.length)") == 1
