"""A marking page without network: it opens again, keeps every tap, and sends each once when the network returns."""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders, storage
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from core.staticfiles import ManifestStorage
from exams.views import worker
from tests.browser import CHROMIUM_ARGUMENTS, chromium_path, session_of
from tests.exams.device import marks_on, open_marking, status, stored, take_hold, tap, wait_stored

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_page_opens_without_network_and_every_tap_is_stored_once(new_context, run, assessor):
    context = new_context(assessor)
    page = open_marking(context.new_page(), run)
    tap(page, ("BQ.2", True))
    wait_stored(page)
    context.set_offline(True)
    assert tap(page, ("BQ.4", False), ("BQ.4", True), ("BQ.5", False)) == [True] * 3
    page.reload()
    take_hold(page)
    assert marks_on(page, "BQ.2", "BQ.4", "BQ.5") == [True, True, False]
    page.evaluate("until(({ waiting, state }) => waiting === 3 && state === 'offline', 'not said')")
    page.close()
    page = open_marking(context.new_page(), run)
    assert tap(page, ("BQ.7", True)) == [True]
    assert stored(run) == Counter([("BQ.2", True)])
    context.set_offline(False)
    wait_stored(page)
    assert stored(run) == Counter([("BQ.2", True), ("BQ.4", False), ("BQ.4", True), ("BQ.5", False), ("BQ.7", True)])
    assert marks_on(page, "BQ.2", "BQ.4", "BQ.5", "BQ.7") == [True, True, False, True]


def test_page_opens_while_the_server_is_broken(new_context, run, assessor, monkeypatch):
    context = new_context(assessor)
    page = open_marking(context.new_page(), run)
    monkeypatch.setattr("exams.views.marking.marked_sheet", None)  # every answer is 500
    page.reload()
    assert page.evaluate("document.documentElement.dataset.kept > 0")


def test_answer_that_is_lost_is_not_stored_twice(new_context, run, assessor):
    page = open_marking(new_context(assessor).new_page(), run)
    lost: list[int] = []

    def lose_the_first_answer(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/exams/marks/", lose_the_first_answer)
    tap(page, ("BQ.2", True), ("BQ.2", False))
    wait_stored(page)
    assert lost == [200]
    assert stored(run) == Counter([("BQ.2", True), ("BQ.2", False)])
    assert marks_on(page, "BQ.2") == [False]


@pytest.fixture
def device_of_its_own(
    browser: Browser, tmp_path: Path
) -> Iterator[Callable[[], tuple[BrowserContext, Callable[[], None]]]]:
    """Switch a device on: a browser with a profile on the disk, and what takes its power away."""
    started: list[subprocess.Popen[bytes]] = []
    profile = tmp_path / "profile"
    told = profile / "DevToolsActivePort"

    def cut(process: subprocess.Popen[bytes]) -> None:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def switch_on() -> tuple[BrowserContext, Callable[[], None]]:
        told.unlink(missing_ok=True)
        process = subprocess.Popen(
            [chromium_path(), *CHROMIUM_ARGUMENTS, "--headless=new", "--remote-debugging-port=0",
             f"--user-data-dir={profile}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        deadline = time.monotonic() + 20
        while not (told.exists() and told.read_text().count("\n")):
            assert time.monotonic() < deadline, "the browser did not start"
            time.sleep(0.05)
        connected = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{told.read_text().split()[0]}")
        return connected.contexts[0], lambda: cut(process)

    yield switch_on
    for process in started:
        cut(process)


def test_every_tap_outlives_the_killed_browser_and_is_stored_once(device_of_its_own, live_server, run, assessor):
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session_of(assessor), "url": live_server.url}
    context, kill = device_of_its_own()
    context.add_cookies([cookie])
    page = open_at(context, live_server.url, run)
    context.set_offline(True)
    assert tap(page, ("BQ.2", True), ("BQ.4", False)) == [True, True]
    context.set_offline(False)
    assert tap(page, ("BQ.5", True)) == [True]  # perhaps on its way at this moment
    kill()

    context, kill = device_of_its_own()
    context.set_offline(True)
    page = open_at(context, live_server.url, run)
    assert marks_on(page, "BQ.2", "BQ.4", "BQ.5") == [True, False, True]
    assert tap(page, ("BQ.4", True)) == [True]
    kill()

    context, _kill = device_of_its_own()
    context.add_cookies([cookie])
    page = open_at(context, live_server.url, run)
    wait_stored(page)
    assert stored(run) == Counter([("BQ.2", True), ("BQ.4", False), ("BQ.5", True), ("BQ.4", True)])
    assert marks_on(page, "BQ.2", "BQ.4", "BQ.5") == [True, True, True]


def open_at(context: BrowserContext, address: str, run) -> Page:
    page = context.new_page()
    page.goto(f"{address}/exams/runs/{run.pk}/")
    return take_hold(page)


def test_two_devices_that_differ_keep_both_marks_until_one_is_chosen(new_context, run, assessor):
    first = open_marking(new_context(assessor).new_page(), run, kept=False)
    second = open_marking(new_context(assessor).new_page(), run)
    second.context.set_offline(True)
    tap(first, ("BQ.2", True), ("BQ.4", True))
    wait_stored(first)
    tap(second, ("BQ.2", False), ("BQ.4", True))
    second.context.set_offline(False)
    wait_stored(second)
    differ = [{"step": "BQ.2", "kind": "mark"}]
    assert (status(second)["differences"], marks_on(second, "BQ.2", "BQ.4")) == (differ, [None, True])
    first.evaluate("held.refresh()")
    assert status(first)["differences"] == differ
    tap(first, ("BQ.2", False))
    wait_stored(first)
    second.evaluate("held.refresh()")
    assert (status(second)["differences"], marks_on(second, "BQ.2")) == ([], [False])


def test_second_tab_knows_what_the_first_has_made_before_the_server_does(new_context, run, assessor):
    context = new_context(assessor)
    first, second = (open_marking(context.new_page(), run) for _tab in range(2))
    context.set_offline(True)
    tap(first, ("BQ.2", True))
    second.evaluate("until((status) => status.waiting === 1, 'not told')")
    tap(second, ("BQ.2", False))
    first.evaluate("until((status) => status.waiting === 2, 'not told')")
    context.set_offline(False)
    wait_stored(first)
    wait_stored(second)
    assert stored(run) == Counter([("BQ.2", True), ("BQ.2", False)])
    assert (marks_on(first, "BQ.2"), status(first)["differences"]) == ([False], [])


def test_new_release_of_the_worker_waits_until_no_page_uses_the_former_one(new_context, run, assessor, monkeypatch):
    context = new_context(assessor)
    page = open_marking(context.new_page(), run)
    monkeypatch.setattr(worker, "ASSETS", worker.ASSETS[:-1])
    found = page.evaluate("""async () => {
      const registration = await navigator.serviceWorker.getRegistration("/exams/");
      const before = registration.active;
      await registration.update();
      await new Promise((resolve) => { setInterval(() => registration.waiting && resolve(), 20); });
      return [registration.active === before, navigator.serviceWorker.controller === before];
    }""")
    assert found == [True, True]
    context.set_offline(True)
    page.reload()
    assert tap(take_hold(page), ("BQ.2", True)) == [True]


def test_worker_is_public_and_rules_only_the_exams(client, db):
    response = client.get(reverse("exams:worker"))
    assert (response.status_code, response["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert (response["Cache-Control"], response["Service-Worker-Allowed"]) == ("no-cache", "/exams/")
    assert response.content.endswith(b'importScripts("/static/js/worker.js");\n')


def test_worker_of_a_server_names_every_file_by_its_content(client, db, tmp_path, monkeypatch):
    files = ManifestStorage(location=tmp_path, base_url="/static/")
    files.hashed_files = {name: f"hashed/{name}" for name in (*worker.ASSETS, "js/worker.js")}
    monkeypatch.setattr(storage.staticfiles_storage, "_wrapped", files)
    release, start = (
        client.get(reverse("exams:worker")).content.decode().removeprefix("self.release = ").split(";\n", 1)
    )
    assert json.loads(release)["assets"] == [f"/static/hashed/{name}" for name in worker.ASSETS]
    assert json.loads(release)["prefix"] == "/static/"
    assert start == 'importScripts("/static/hashed/js/worker.js");\n'


def test_marking_pages_and_their_files_are_kept_and_nothing_else(new_context, run, assessor):
    context = new_context(assessor)
    page = open_marking(context.new_page(), run)
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)")
    files = {path.removeprefix("/static/") for path in loaded if path.startswith("/static/")}
    assert files - set(worker.ASSETS) == set()
    assert [name for name in worker.ASSETS if not finders.find(name)] == []
    page.goto("/exams/panels/")
    kept = page.evaluate("""async () => Promise.all((await caches.keys()).sort().map(async (name) => {
      const requests = await (await caches.open(name)).keys();
      return [name, requests.map((request) => new URL(request.url).pathname)];
    }))""")
    (of_files, paths), of_pages = kept
    assert of_files.startswith("certbody-files-")
    assert sorted(paths) == sorted(f"/static/{name}" for name in worker.ASSETS)
    assert of_pages == [f"certbody-pages-{assessor.pk}", [f"/exams/runs/{run.pk}/"]]
    context.set_offline(True)
    with pytest.raises(Error, match="net::ERR_"):
        page.goto("/exams/panels/")


def test_first_tap_by_a_clock_that_is_days_off_is_taken(new_context, run, assessor):
    """Before the server has answered anything the page itself tells the device what time it is."""

    def only_marks(route: Route) -> None:
        if route.request.method == "POST" and '"events":[{' in (route.request.post_data or ""):
            route.continue_()
        else:
            route.abort()

    context = new_context(assessor)
    context.add_init_script("const real = Date.now; Date.now = () => real() + 50 * 60 * 60 * 1000;")
    page = context.new_page()
    page.route("**/marks/**", only_marks)
    page.goto(f"/exams/runs/{run.pk}/")
    row = page.locator('.mark-row[data-step="BQ.2"]')
    row.locator(".mark-met").click()
    expect(row.locator(".mark-save")).to_have_attribute("data-state", "stored")
    assert stored(run) == Counter([("BQ.2", True)])
