"""Take the pictures of the proctors' pages that the documentation shows.

    .venv/bin/python -m bench.screenshots [FOLDER]

The real app runs with made-up people: some sit an exam before its real models, others have sat it,
and a proctor looks at each page, wide and narrow. Everything shown is a public-domain picture.
"""

import asyncio
import base64
import random
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import cv2
import httpx
import numpy as np
import websockets
from playwright.sync_api import Page, sync_playwright

from proctor_app.clock import system_clock
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.domain.access import Role
from proctor_app.domain.exam import ExamContent, ExamTerms
from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.domain.question import QuestionKind
from proctor_app.services.evidence import Moment
from proctor_app.settings import load
from tests.e2e.harness import FLAGS, STUDENT_PASSWORD, Picture, Server, Visitor, chromium, scenes
from tests.e2e.sheets import QUESTIONS, Desk, desk
from tests.noted import Attempted, Noted, attempted

CODE = "STATS-2"
SITTING = ("Ana Ruiz", "Ben Okafor", "Chiara Conti", "Deniz Kaya", "Emma Lind", "Farid Nazari")
SAT = (
    "Greta Voss", "Hugo Silva", "Ines Moreau", "Jonas Berg", "Kaja Nowak", "Liam Byrne",
    "Mira Patel", "Noah Weiss", "Olga Petrova", "Paulo Reis", "Quinn Adams", "Rosa Marin",
)  # fmt: skip
_KINDS = (
    (EventType.PHONE, Severity.ALERT, 0.9),
    (EventType.FACE_ABSENT, Severity.ALERT, 0.95),
    (EventType.HEAD_TURNED, Severity.NOTICE, 0.7),
    (EventType.GAZE_OFF_SCREEN, Severity.NOTICE, 0.65),
    (EventType.TAB_SWITCH, Severity.NOTICE, 1.0),
    (EventType.MULTIPLE_FACES, Severity.ALERT, 0.9),
)
_WATCHED_S = 45
_ROUND = ("face",) * 14 + ("nobody",) * 6 + ("face",) * 10
_CALM = ("face",)
_WITH_FRIEND = ("face",) * 12 + ("two people",) * 8


def _jpeg(picture: Picture) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())


def _email(name: str) -> str:
    return f"{name.split()[0].lower()}@example.test"


def _fill(office: Desk, server: Server) -> tuple[str, Attempted]:
    """Accounts, an exam, and a dozen who have sat it; returns whose attempt is to be
    reviewed, and the attempt."""
    create = office.services.accounts.create
    ids = {
        name: create(_email(name), STUDENT_PASSWORD, Role.STUDENT, name).id
        for name in (*SITTING, *SAT)
    }
    office.services.accounts.create("pia@example.test", STUDENT_PASSWORD, Role.PROCTOR, "Pia Holm")
    content = ExamContent("Statistics II, final", questions=QUESTIONS, identity_check=False)
    exam_id = office.exam(content, ExamTerms(code=CODE, attempts_allowed=0))
    chance = random.Random(4)
    done = [(name, _sat(office, server, exam_id, ids[name], chance)) for name in SAT]
    return max(done, key=lambda one: len(one[1].incident_ids))


def _sat(
    office: Desk, server: Server, exam_id: str, user_id: str, chance: random.Random
) -> Attempted:
    with office.services.database.read() as session:
        exam = ExamRows(session).by_id(exam_id)
        assert exam is not None
        version_id = exam.version_id
    noted = [_noted(chance) for _ in range(chance.choice((0, 1, 2, 3, 3, 5, 9)))]
    return attempted(
        office.services.database,
        load({"DATA_DIR": str(server.data_dir)}),
        user_id,
        noted,
        system_clock() - timedelta(minutes=95),
        exam_id=exam_id,
        version_id=version_id,
    )


def _noted(chance: random.Random) -> Noted:
    kind, severity, confidence = chance.choice(_KINDS)
    face = scenes()["face"]
    at = {EventType.FACE_ABSENT: "nobody", EventType.MULTIPLE_FACES: "two people"}.get(kind, "face")
    pictures = {} if kind is EventType.TAB_SWITCH else {
        Moment.BEFORE: _jpeg(face),
        Moment.AT: _jpeg(scenes()[at]),
        Moment.AFTER: _jpeg(np.asarray(np.roll(face, 30, axis=1), np.uint8)),
    }  # fmt: skip
    detail = "left" if kind is EventType.HEAD_TURNED else ""
    after_s, lasted_s = chance.uniform(60, 3300), chance.uniform(3, 14)
    return Noted(kind, after_s, lasted_s, confidence, severity, detail, pictures)


async def _judge(office: Desk, done: Attempted) -> None:
    """Some of what was noted is judged already."""
    verdicts = (Verdict.PASSED, Verdict.SUSPICIOUS, Verdict.VIOLATION)
    for incident_id, verdict in zip(done.incident_ids[:3], verdicts, strict=False):
        await office.services.reviews.judge(office.admin, incident_id, verdict, "Seen in the room.")


@contextmanager
def _seated(server: Server) -> Iterator[None]:
    """Candidates who send two pictures a second until the block ends."""
    over = threading.Event()
    scripts = (_ROUND, _CALM, _WITH_FRIEND, _CALM, _ROUND[10:], _CALM)
    threads = [
        threading.Thread(target=lambda n=name, s=script: asyncio.run(_sit(server, n, s, over)))
        for name, script in zip(SITTING, scripts, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


async def _sit(server: Server, name: str, script: tuple[str, ...], over: threading.Event) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        form = {"email": _email(name), "password": STUDENT_PASSWORD}
        who = (await client.post("/api/v1/auth/login/password", data=form)).json()
        bearer = {"Authorization": f"Bearer {who['access_token']}"}
        begun = await client.post(
            f"/api/v1/exam/start/{who['id']}", headers=bearer, json={"exam_code": CODE}
        )
        config = begun.raise_for_status().json()["wsConfig"]
        for question in QUESTIONS[: 1 + len(name) % 4]:
            right = list(question.correct) or ["1.41"]
            value = right if question.kind is QuestionKind.MULTIPLE else right[0]
            path = f"/api/v1/attempts/{config['sessionId']}/answers/{question.id}"
            await client.put(path, headers=bearer, json={"value": value})
    address = f"{server.url.replace('http', 'ws', 1)}/ws/{who['id']}?token={config['token']}"
    rng = np.random.default_rng(len(name))
    async with websockets.connect(address, max_size=None) as socket:
        number = 0
        while not over.is_set():
            picture = scenes()[script[number % len(script)]].astype(np.int16)
            noisy = np.clip(picture + rng.integers(-4, 5, picture.shape), 0, 255)
            await socket.send(base64.b64encode(_jpeg(noisy.astype(np.uint8))).decode())
            number += 1
            await asyncio.sleep(0.5)
            await socket.recv()


def _take(page: Page, folder: Path, name: str, *, whole: bool = False) -> None:
    for width, height in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(2500)
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=whole)
    page.set_viewport_size({"width": 1280, "height": 800})


def _pictures(server: Server, folder: Path, review: Attempted) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        pia = Visitor(browser, server.url, viewport={"width": 1280, "height": 800})
        pia.log_in("pia@example.test", STUDENT_PASSWORD)
        page = pia.page
        with _seated(server):
            page.goto(f"{server.url}/proctor")
            page.wait_for_selector("[data-attempt]", timeout=60_000)
            page.wait_for_timeout(_WATCHED_S * 1000)
            _take(page, folder, "live")
            running = page.locator("[data-attempt]").first.get_attribute("data-attempt")
            page.goto(f"{server.url}/proctor/{running}")
            page.wait_for_timeout(8000)
            _take(page, folder, "candidate", whole=True)
        for name, path in {
            "review-queue": "/review",
            "review": f"/review/{review.id}",
            "analytics": "/analytics",
            "reports": "/reports",
        }.items():
            page.goto(f"{server.url}{path}")
            page.wait_for_timeout(6000)
            _take(page, folder, name, whole=name == "analytics")
        page.emulate_media(color_scheme="dark")
        page.goto(f"{server.url}/review/{review.id}")
        page.wait_for_timeout(4000)
        page.screenshot(path=folder / "review-dark-1280.png")
        for line in pia.errors:
            print(f"console: {line}", file=sys.stderr)
        browser.close()


async def _release(office: Desk, done: Attempted) -> None:
    reviews = office.services.reviews
    await reviews.judge_attempt(office.admin, done.id, Verdict.SUSPICIOUS, "A phone, once.")
    await reviews.release(office.admin, done.id)


def _results(server: Server, folder: Path, who: str, done: Attempted) -> None:
    """What the candidate reads after the release."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        candidate = Visitor(browser, server.url, viewport={"width": 1280, "height": 800})
        candidate.log_in(_email(who), STUDENT_PASSWORD)
        candidate.page.goto(f"{server.url}/results/{done.id}")
        candidate.page.wait_for_timeout(4000)
        _take(candidate.page, folder, "results")
        browser.close()


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        server = Server(Path(data))
        server.start()
        try:
            office = desk(server.data_dir)
            who, review = _fill(office, server)
            asyncio.run(_judge(office, review))
            _pictures(server, folder, review)
            asyncio.run(_release(office, review))
            _results(server, folder, who, review)
        finally:
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
