"""The wall in a real browser: nothing moves under the pointer, and keys alone will do."""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from proctor_app.clock import system_clock
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamContent, ExamTerms, Level
from proctor_app.domain.incident import EventType, Severity
from proctor_app.settings import load
from tests.e2e.harness import STUDENT_PASSWORD, Launch, Server, Visitor
from tests.e2e.sheets import QUESTIONS, desk
from tests.noted import Noted, attempted

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_NAMES = ("Ana", "Ben", "Cleo")


@dataclass(frozen=True)
class Site:
    """An exam, which the wall is asked for alone. attempts: of its candidates, by their names."""

    server: Server
    exam_id: str
    attempts: dict[str, str]

    def change(self, statement: str, *values: str) -> None:
        """What another process of the installation writes; the wall reads it within a second."""
        with sqlite3.connect(self.server.data_dir / "proctor.db", timeout=30) as database:
            database.execute(statement, values)

    def acknowledged(self) -> set[str]:
        """The attempts with something that was seen."""
        statement = "SELECT attempt_id FROM incidents WHERE acknowledged_at IS NOT NULL"
        with sqlite3.connect(self.server.data_dir / "proctor.db", timeout=30) as database:
            found = {attempt_id for (attempt_id,) in database.execute(statement)}
        return found & set(self.attempts.values())


@pytest.fixture(scope="module")
def site(server: Server) -> Site:
    """Three candidates who sit an exam: Ana began first; something stands open for Ben."""
    office = desk(server.data_dir)
    for name in ("Eve", "Max"):
        office.services.accounts.create(
            f"{name.lower()}@wall.test", STUDENT_PASSWORD, Role.PROCTOR, name
        )
    content = ExamContent("Statistics II", questions=QUESTIONS, level=Level.BROWSER)
    exam_id = office.exam(content, ExamTerms())
    attempts = {}
    for number, name in enumerate(_NAMES):
        who = office.services.accounts.create(
            f"{name.lower()}@wall.test", STUDENT_PASSWORD, Role.STUDENT, name
        )
        open_now = [Noted(EventType.TAB_SWITCH, 30.0, None, 0.9, Severity.NOTICE)]
        attempts[name] = attempted(
            office.services.database,
            load({"DATA_DIR": str(server.data_dir)}),
            who.id,
            open_now if name == "Ben" else [],
            system_clock() - timedelta(minutes=2, seconds=-number),
            exam_id=exam_id,
            status="running",
            open_for=who.id,
            ended_at=None,
        ).id
    return Site(server, exam_id, attempts)


def _come(site: Site, launch: Launch, name: str, of: int = len(_NAMES)) -> Visitor:
    """of: how many candidates are to be seen."""
    visitor = Visitor(launch(None), site.server.url, viewport={"width": 1280, "height": 860})
    visitor.enter(f"{name}@wall.test", STUDENT_PASSWORD)
    visitor.page.goto(f"{site.server.url}/proctor?exam={site.exam_id}")
    visitor.page.locator("[data-attempt]").nth(of - 1).wait_for()
    return visitor


def _names(page: Page) -> list[str]:
    return page.locator("[data-attempt] .tile-name").all_inner_texts()


def _shows(page: Page, *names: str) -> None:
    expect(page.locator("[data-attempt] .tile-name")).to_have_text(list(names))


def test_tiles_keep_their_places_under_the_pointer_and_keys_alone_will_do(
    site: Site, launch: Launch
) -> None:
    eve, max_ = _come(site, launch, "eve"), _come(site, launch, "max")
    page = eve.page
    _shows(page, "Ben", "Ana", "Cleo")

    page.locator("[data-attempt]").nth(1).hover()
    expect(page.get_by_text("Order held while you are here")).to_be_visible()
    places = [tile.bounding_box() for tile in page.locator("[data-attempt]").all()]
    _an_alert_opens(site, "Cleo")
    _ends(site, "Ana")
    _shows(max_.page, "Cleo", "Ben")
    page.locator(f"[data-attempt='{site.attempts['Ana']}'].tile-gone").wait_for()
    page.locator(f"[data-attempt='{site.attempts['Cleo']}'].tile-alert").wait_for()
    assert _names(page) == ["Ben", "Ana", "Cleo"]
    assert [tile.bounding_box() for tile in page.locator("[data-attempt]").all()] == places

    page.mouse.move(4, 4)
    _shows(page, "Cleo", "Ben")
    _another_question_lets_go_of_the_order(page)

    _by_keys(site, page, max_.page)
    assert (eve.errors, max_.errors) == ([], [])


def _another_question_lets_go_of_the_order(page: Page) -> None:
    """Whoever is not looked for is not "no longer here", though the mouse rests on the tiles."""
    page.locator("[data-attempt]").first.hover()
    expect(page.get_by_text("Order held while you are here")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("ben")
    _shows(page, "Ben")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    _shows(page, "Cleo", "Ben")
    page.keyboard.press("Escape")
    page.mouse.move(4, 4)
    page.locator("body").click(position={"x": 2, "y": 2})


def _an_alert_opens(site: Site, name: str, kind: str = "second_device") -> None:
    now = system_clock().replace(tzinfo=None).isoformat(" ")
    site.change(
        "INSERT INTO incidents (attempt_id, event_type, severity, detail, opened_at, confidence,"
        " models, verdict) VALUES (?, ?, 'alert', '', ?, 1.0, '', 'not_reviewed')",
        site.attempts[name],
        kind,
        now,
    )


def _ends(site: Site, name: str) -> None:
    site.change(
        "UPDATE attempts SET status = 'submitted', open_for = NULL WHERE id = ?",
        site.attempts[name],
    )


def _by_keys(site: Site, page: Page, colleagues: Page) -> None:
    """Find a candidate, look, acknowledge, hear, be told the keys, and open the candidate."""
    page.keyboard.press("/")
    page.keyboard.type("cle")
    _shows(page, "Cleo")
    page.keyboard.press("Escape")
    page.locator("[data-attempt]").first.focus()
    page.keyboard.press("l")
    cleo = colleagues.locator(f"[data-attempt='{site.attempts['Cleo']}']")
    expect(cleo.locator(".tile-eyes")).to_have_text("E")
    expect(colleagues.get_by_text("Eve is looking").first).to_be_visible()
    page.keyboard.press("a")
    expect(colleagues.get_by_text("seen by Eve").first).to_be_visible()
    assert site.acknowledged() == {site.attempts["Cleo"]}  # with all that stood open for her
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Sound on")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[data-attempt]").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/proctor/{site.attempts['Cleo']}**")


_SILENT_UNTIL_TOUCHED = """
window.tones = [];
window.AudioContext = class extends EventTarget {
  state = "suspended"; currentTime = 0; destination = {};
  resume() {
    if (navigator.userActivation.isActive && this.state !== "running") {
      this.state = "running";
      this.dispatchEvent(new Event("statechange"));
    }
    return Promise.resolve();
  }
  createOscillator() {
    const quiet = { setValueAtTime() {} };
    const start = () => tones.push(this.state);
    return { frequency: quiet, connect: (to) => to, start, stop() {} };
  }
  createGain() {
    return { gain: { setValueAtTime() {}, linearRampToValueAtTime() {} }, connect() {} };
  }
};
localStorage.setItem("proctor-sound", "on");
"""


def test_given_sound_that_was_on_then_it_says_that_it_waits_and_nothing_is_sounded_later(
    site: Site, launch: Launch
) -> None:
    visitor = _come(site, launch, "eve", of=2)
    page = visitor.page
    page.add_init_script(_SILENT_UNTIL_TOUCHED)
    page.reload()
    switch = page.locator(".feed-head button[aria-pressed]")
    expect(switch).to_have_text("Sound waits for a click")
    expect(switch).to_have_attribute("aria-pressed", "true")

    lines = page.locator(".feed-line").count()
    _an_alert_opens(site, "Ben", "phone")
    expect(page.locator(".feed-line")).to_have_count(lines + 1)
    expect(page.locator(".only-read[aria-live]")).to_contain_text("Ben")
    assert page.evaluate("tones") == []

    switch.click()
    expect(switch).to_have_text("Sound on")
    page.wait_for_function("tones.length === 1")
    assert page.evaluate("tones") == ["running"]
    switch.click()
    expect(switch).to_have_text("Sound off")
    assert visitor.errors == []
