"""Every page, by day and by night, as assistive technology meets it: nothing serious is wrong."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest

from proctor_app.clock import system_clock
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import ExamContent, ExamTerms, Level
from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.pages import register
from proctor_app.services.evidence import Moment
from proctor_app.services.webhook_views import WebhookTerms
from proctor_app.settings import load
from tests.e2e.axe import serious_by_day_and_night, settled
from tests.e2e.harness import ADMIN, MEDIA, STUDENT_PASSWORD, Launch, Server, Visitor
from tests.e2e.sheets import QUESTIONS, Desk, desk, go_to, join
from tests.noted import Attempted, Noted, attempted
from tests.world import HOME

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
CODE, SIT = "AXE-1", "AXE-2"
ANYBODYS = ("/", "/login", "/login/face", "/signup", "/forgot-password", "/reset-password")
CANDIDATES = ("/dashboard", "/account", "/my-data", "/results/[attempt]", "/seb/[exam]")
BY_STEPS = ("/exam",)
DESK = (
    "/proctor", "/proctor/[running]", "/review", "/review/[attempt]", "/analytics", "/reports",
    "/marking", "/lti/choose-exam",
)  # fmt: skip
ADMINS = (
    "/admin/dashboard", "/admin/users", "/admin/exams", "/admin/audit", "/admin/keys",
    "/admin/webhooks", "/admin/lti",
    "/admin/exams/[exam_id]", "/admin/exams/[exam_id]/settings", "/admin/exams/[exam_id]/watching",
    "/admin/exams/[exam_id]/people", "/admin/exams/[exam_id]/preview",
    "/admin/exams/[exam_id]/marking",
)  # fmt: skip


class _Routes:
    """Notes what the app would be given."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def add_page(self, _component: object, route: str, **_: object) -> None:
        self.found.add(route)


@dataclass(frozen=True)
class Site:
    """A server with an exam, an attempt that is judged and appealed against, and one that runs."""

    server: Server
    names: dict[str, str]

    def address(self, pattern: str) -> str:
        for name, value in self.names.items():
            pattern = pattern.replace(f"[{name}]", value)
        return f"{self.server.url}{pattern}"


@pytest.fixture(scope="module")
def site(server: Server) -> Site:
    with ThreadPoolExecutor(1) as beside:  # no other event loop may run in this thread
        names = beside.submit(lambda: asyncio.run(_filled(server))).result()
    return Site(server, names)


async def _filled(server: Server) -> dict[str, str]:
    office = desk(server.data_dir)
    exam_id = office.exam(
        ExamContent("Statistics II", questions=QUESTIONS, level=Level.BROWSER),
        ExamTerms(code=CODE),
    )
    office.exam(ExamContent("Short", questions=QUESTIONS, level=Level.NONE), ExamTerms(code=SIT))
    closed = office.exam(
        ExamContent("Closed book", questions=QUESTIONS, level=Level.NONE), ExamTerms(code="AXE-3")
    )
    office.services.seb.require(office.admin, closed, True)
    office.services.webhooks.create(
        office.admin, WebhookTerms("https://hooks.invalid/in", ("verdict.given",), "The platform")
    )
    ana, ben = (_student(office, name) for name in ("Ana", "Ben"))
    ended = _attempt(server, office, exam_id, ana, status="submitted")
    running = _attempt(
        server, office, exam_id, ben, status="running", open_for=ben.user_id, ended_at=None
    )
    await _judge(office, ana, ended.id, ended.incident_ids)
    return {"exam_id": exam_id, "attempt": ended.id, "running": running.id, "exam": closed}


def _student(office: Desk, name: str) -> Actor:
    email = f"{name.lower()}@axe.test"
    office.services.accounts.create(email, STUDENT_PASSWORD, Role.STUDENT, name)
    logins = office.services.logins
    return logins.authenticate(logins.log_in(email, STUDENT_PASSWORD, HOME).token)


def _attempt(
    server: Server, office: Desk, exam_id: str, who: Actor, **columns: object
) -> Attempted:
    """An attempt begun half an hour ago, with a picture of each kind of moment."""
    pictures = {moment: (MEDIA / "china.jpg").read_bytes() for moment in Moment}
    with office.services.database.read() as session:
        exam = ExamRows(session).by_id(exam_id)
        assert exam is not None
        version_id = exam.version_id
    noted = [
        Noted(EventType.FACE_ABSENT, 60, severity=Severity.ALERT, pictures=pictures),
        Noted(EventType.GAZE_OFF_SCREEN, 200, 12),
        Noted(EventType.GAZE_OFF_SCREEN, 400, 8),
        Noted(EventType.TAB_SWITCH, 600, 20),
        Noted(EventType.PHONE, 900, None if "open_for" in columns else 9.0),
    ]
    begun_at = system_clock() - timedelta(minutes=30)
    return attempted(
        office.services.database, load({"DATA_DIR": str(server.data_dir)}), who.user_id, noted,
        begun_at, exam_id=exam_id, version_id=version_id, **columns,
    )  # fmt: skip


async def _judge(office: Desk, who: Actor, attempt_id: str, incident_ids: tuple[int, ...]) -> None:
    """Everything is judged, told to the candidate, and appealed against."""
    reviews = office.services.reviews
    for number, incident_id in enumerate(incident_ids):
        verdict = Verdict.VIOLATION if number == 0 else Verdict.PASSED
        await reviews.judge(office.admin, incident_id, verdict, "Nobody was there.")
    await reviews.judge_attempt(office.admin, attempt_id, Verdict.SUSPICIOUS, "Away for a minute.")
    await reviews.release(office.admin, attempt_id)
    await office.services.appeals.make(who, attempt_id, "The camera fell over.")


@pytest.fixture
def visitor(site: Site, launch: Launch) -> Visitor:
    """With a context into which axe may be put."""
    return Visitor(
        launch(None), site.server.url, bypass_csp=True, viewport={"width": 1280, "height": 860}
    )


def _look(visitor: Visitor, site: Site, patterns: Iterable[str]) -> None:
    """Fails with what is wrong with any of these pages."""
    found = []
    for pattern in patterns:
        visitor.page.goto(site.address(pattern))
        settled(visitor.page)
        found += [f"{pattern} {line}" for line in serious_by_day_and_night(visitor.page)]
    _is_empty(found)


def _is_empty(found: list[str]) -> None:
    if found:
        pytest.fail("\n".join(found))


def test_every_page_is_looked_at_here() -> None:
    routes = _Routes()
    register(routes)  # type: ignore[arg-type]

    looked_at = {*ANYBODYS, *CANDIDATES, *BY_STEPS, *DESK, *ADMINS}
    assert {pattern.replace("[running]", "[attempt]") for pattern in looked_at} == routes.found


def test_given_nobody_is_logged_in_then_nothing_serious_is_wrong(
    site: Site, visitor: Visitor
) -> None:
    _look(visitor, site, ANYBODYS)


def test_given_a_candidate_then_nothing_serious_is_wrong(site: Site, visitor: Visitor) -> None:
    visitor.enter("ana@axe.test", STUDENT_PASSWORD)

    _look(visitor, site, CANDIDATES)


def test_given_an_exam_step_by_step_then_nothing_serious_is_wrong(
    site: Site, visitor: Visitor
) -> None:
    visitor.enter("ana@axe.test", STUDENT_PASSWORD)
    page, found = visitor.page, list[str]()

    def look(step: str) -> None:
        settled(page)
        found.extend(f"{step} {line}" for line in serious_by_day_and_night(page))

    page.goto(f"{visitor.url}/exam")
    look("a session without an exam")
    join(visitor, SIT)
    look("the check")
    page.click("#go-on")
    page.locator("#begin").wait_for()
    look("before it begins")
    page.click("#begin")
    page.locator(".question-text").wait_for()
    for number in range(1, len(QUESTIONS) + 1):
        go_to(visitor, number)
        look(f"question {number}")
    page.click("#submit")
    page.locator("#submit-really").wait_for()
    look("handing in")
    page.click("#submit-really")
    visitor.sees("The exam is over")
    look("the end")
    _is_empty(found)


@pytest.mark.parametrize("patterns", [DESK, ADMINS], ids=["desk", "admin"])
def test_given_staff_then_nothing_serious_is_wrong(
    site: Site, visitor: Visitor, patterns: tuple[str, ...]
) -> None:
    visitor.enter(*ADMIN)

    _look(visitor, site, patterns)
