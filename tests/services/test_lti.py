"""Scores on their way to learning platforms, launches and keys, where several workers meet."""

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.fernet import Fernet

from proctor_app.db.partner_tables import (
    LtiGrade,
    LtiKey,
    LtiLink,
    LtiLogin,
    LtiPlatform,
    LtiUser,
)
from proctor_app.db.repositories.lti_grades import GradeRows
from proctor_app.db.tables import Attempt, AuditEntry, Exam
from proctor_app.domain.access import Role
from proctor_app.errors import NotFound, Throttled
from proctor_app.services import lti_launches
from proctor_app.services.lti_grades import Grades
from proctor_app.services.lti_keys import ToolKeys
from proctor_app.services.lti_launches import STATE_LASTS, LoginRequest
from proctor_app.services.lti_scores import Scores
from proctor_app.services.lti_tokens import LaunchRefused
from proctor_app.services.outgoing import Answered, Outgoing, Unreachable
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.vault import Vault
from proctor_app.services.versions import Versions
from tests.papers import SetExam, set_exam
from tests.world import HOME, Person, World, eventually

BASE = "https://exams.example"
KEY = Fernet.generate_key().decode()


@dataclass
class Net(Outgoing):
    """The platforms at the other end. scores: how many points each place was told of, in order.
    away: hosts that never answer until ``let_go``, and then not either."""

    scores: list[tuple[str, float]] = field(default_factory=list)
    status: int = 200
    away: str = ""
    waiting: int = 0
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 0.0,
        max_bytes: int = 0,
    ) -> Answered:
        if urlsplit(url).hostname == self.away:
            self.waiting += 1
            await self.let_go.wait()
            raise Unreachable("timeout", "There was no answer in time.")
        if url.endswith("/token"):
            return Answered(200, {}, b'{"access_token": "t", "expires_in": 3600}')
        self.scores.append((url, json.loads(body)["scoreGiven"]))
        return Answered(self.status, {}, b"")


@dataclass
class Course:
    """A platform with a place that opens an exam and takes its scores."""

    world: World
    net: Net
    grades: Grades
    exam: SetExam
    platform_id: str
    link_id: str

    def candidate(self, *points: float) -> Person:
        """Somebody who came from there, with an ended attempt for each of these points."""
        who, now = self.world.person(), self.world.clock()
        with self.world.database.write() as session:
            session.add(
                LtiUser(
                    platform_id=self.platform_id, subject=who.id, user_id=who.id, created_at=now
                )
            )
            session.add(LtiGrade(link_id=self.link_id, user_id=who.id, updated_at=now))
        for number, one in enumerate(points, 1):
            self.attempt(who, one, number)
        return who

    def attempt(self, who: Person, points: float, number: int = 1) -> str:
        now, attempt_id = self.world.clock(), str(uuid.uuid4())
        with self.world.database.write() as session:
            session.add(
                Attempt(
                    id=attempt_id, user_id=who.id, exam_id=self.exam.id, number=number,
                    version_id=self.exam.version_id, status="submitted", duration_minutes=60,
                    created_at=now, started_at=now, ended_at=now, points=points, max_points=10.0,
                )
            )  # fmt: skip
        return attempt_id

    def change(self, attempt_id: str, **columns: object) -> None:
        with self.world.database.write() as session:
            row = session.get_one(Attempt, attempt_id)
            for name, value in columns.items():
                setattr(row, name, value)

    def results(self, when: str) -> None:
        with self.world.database.write() as session:
            session.get_one(Exam, self.exam.id).results = when

    def behind(self) -> int:
        """How many scores have to be looked at more closely."""
        with self.world.database.read() as session:
            return len(GradeRows(session).behind(0, 100, self.world.clock()))

    async def turn(self) -> list[float]:
        """What is sent now."""
        before = len(self.net.scores)
        await self.grades.look()
        await self.grades.send_due()
        return [points for _, points in self.net.scores[before:]]

    def row(self) -> LtiGrade:
        (found,) = self.world.rows(LtiGrade)
        return found


def course(world: World, net: Net, host: str = "campus.example", results: str = "") -> Course:
    exam = set_exam(world, results=results or "when_marked")
    platform_id, link_id, now = str(uuid.uuid4()), str(uuid.uuid4()), world.clock()
    with world.database.write() as session:
        session.add(
            LtiPlatform(
                id=platform_id, name=host, issuer=f"https://{host}", client_id="c",
                auth_url=f"https://{host}/auth", token_url=f"https://{host}/token",
                keys_url=f"https://{host}/jwks", created_at=now,
            )
        )  # fmt: skip
        session.flush()
        session.add(
            LtiLink(
                id=link_id, platform_id=platform_id, deployment="d", resource_link="r",
                exam_id=exam.id, line_item=f"https://{host}/items/1", created_at=now,
            )
        )  # fmt: skip
    return Course(world, net, worker(world, net), exam, platform_id, link_id)


def worker(world: World, net: Net) -> Grades:
    """A process of its own, as far as scores go."""
    lti = world.services.lti
    scores = Scores(net, lti.keys, world.clock)
    versions = Versions(world.database)
    return Grades(world.database, versions, scores, lti.launches, world.services.audit, world.clock)


@pytest.fixture
def net() -> Net:
    return Net()


@pytest.fixture
def campus(world: World, net: Net) -> Course:
    return course(world, net)


# --- what is sent ---


async def test_given_several_attempts_then_the_best_is_sent_once(campus: Course) -> None:
    campus.candidate(4.0, 8.0, 6.0)

    assert await campus.turn() == [8.0]
    assert await campus.turn() == []
    assert campus.net.scores == [("https://campus.example/items/1/scores", 8.0)]


async def test_given_changed_marks_then_they_are_sent_again_and_the_same_are_not(
    campus: Course,
) -> None:
    who = campus.candidate(5.0)
    first = campus.world.rows(Attempt)[0].id
    assert await campus.turn() == [5.0]

    campus.change(first, points=7.0)
    assert await campus.turn() == [7.0]
    campus.attempt(who, 6.0, 2)
    assert await campus.turn() == []
    campus.change(first, points=3.0)
    assert await campus.turn() == [6.0]
    with campus.world.database.write() as session:
        row = GradeRows(session).locked(campus.row().id or 0)
        assert row is not None
        row.points = row.max_points = row.attempt_id = None
    assert await campus.turn() == [], "the platform knows it already"


async def test_given_a_release_that_is_taken_back_then_nothing_is_sent(campus: Course) -> None:
    campus.candidate(5.0)
    assert await campus.grades.look() == 1

    campus.results("by_hand")
    await campus.grades.send_due()

    row = campus.row()
    assert (campus.net.scores, row.due_at, row.points, row.claimed_until) == ([], None, None, None)
    admin = replace(campus.world.person(Role.ADMIN).actor, limited=False)
    with pytest.raises(NotFound):
        campus.grades.send_again(admin, row.id or 0)
    campus.results("when_marked")
    assert await campus.turn() == [5.0]


async def test_given_a_score_that_was_sent_then_an_admin_sends_what_is_released_now(
    campus: Course,
) -> None:
    campus.candidate(5.0)
    await campus.turn()
    campus.change(campus.world.rows(Attempt)[0].id, points=6.0)
    admin = replace(campus.world.person(Role.ADMIN).actor, limited=False)

    campus.grades.send_again(admin, campus.row().id or 0)
    await campus.grades.send_due()

    assert [points for _, points in campus.net.scores] == [5.0, 6.0]


async def test_given_marks_that_fall_while_a_score_waits_then_the_new_ones_are_sent(
    campus: Course,
) -> None:
    campus.candidate(5.0)
    await campus.grades.look()
    campus.change(campus.world.rows(Attempt)[0].id, points=2.0)

    await campus.grades.send_due()

    assert [points for _, points in campus.net.scores] == [2.0]


def test_given_scores_that_wait_for_their_release_then_they_are_not_looked_at_again_and_again(
    world: World, net: Net
) -> None:
    campus = course(world, net, results="by_hand")
    campus.candidate(5.0)
    (attempt,) = world.rows(Attempt)
    assert campus.behind() == 0
    campus.results("when_closed")
    assert campus.behind() == 0

    campus.change(attempt.id, released_at=world.clock())
    assert campus.behind() == 1
    campus.change(attempt.id, released_at=None)
    for columns in ({"status": "closed"}, {"closes_at": world.clock()}):
        with world.database.write() as session:
            exam = session.get_one(Exam, campus.exam.id)
            exam.status, exam.closes_at = "published", None
            for name, value in columns.items():
                setattr(exam, name, value)
        assert campus.behind() == 1, columns
    campus.results("by_hand")
    with world.database.write() as session:
        session.get_one(Exam, campus.exam.id).results_at = world.clock()
    assert campus.behind() == 1
    campus.change(attempt.id, status="running")
    assert campus.behind() == 0


async def test_given_worse_attempts_than_the_one_that_counts_then_nothing_is_behind(
    campus: Course,
) -> None:
    campus.candidate(4.0, 8.0, 6.0)
    assert campus.behind() == 1
    await campus.grades.look()
    assert campus.behind() == 0


async def test_given_a_platform_that_refuses_then_it_is_tried_again_later_and_later(
    campus: Course,
) -> None:
    campus.candidate(5.0)
    campus.net.status = 500
    waits = list[timedelta]()
    for tries in range(1, 4):
        assert await campus.turn() == [5.0]
        assert await campus.turn() == [], "tried again at once"
        row = campus.row()
        assert row.due_at is not None
        assert (row.tries, row.sent, row.claimed_until) == (tries, "", None)
        waits.append(row.due_at - campus.world.clock())
        campus.world.clock.advance(waits[-1].total_seconds())
    assert waits[0] < waits[1] < waits[2]

    campus.net.status = 200
    assert await campus.turn() == [5.0]
    row = campus.row()
    assert (row.tries, row.error, row.due_at) == (0, "", None)


async def test_given_a_platform_that_is_disabled_then_what_waits_is_given_up(
    campus: Course,
) -> None:
    campus.candidate(5.0)
    await campus.grades.look()
    with campus.world.database.write() as session:
        platform = session.get_one(LtiPlatform, campus.platform_id)
        platform.disabled_at = campus.world.clock()

    await campus.grades.send_due()

    row = campus.row()
    assert (campus.net.scores, row.due_at) == ([], None)
    assert "not let in" in row.error


# --- several at once ---


async def test_given_two_workers_then_each_score_is_sent_by_one_of_them(campus: Course) -> None:
    for points in range(12):
        campus.candidate(float(points))
    other = worker(campus.world, campus.net)
    await campus.grades.look()

    await asyncio.gather(campus.grades.send_due(), other.send_due())

    assert sorted(points for _, points in campus.net.scores) == [float(one) for one in range(12)]


async def test_given_a_platform_that_hangs_then_others_are_served_and_it_is_asked_little(
    world: World, net: Net
) -> None:
    slow, quick = course(world, net, "slow.example"), course(world, net, "quick.example")
    for _ in range(18):
        slow.candidate(1.0)
    await slow.grades.look()
    world.clock.advance(1)  # theirs wait longer
    for _ in range(6):
        quick.candidate(2.0)
    net.away = "slow.example"
    await slow.grades.look()

    sending = asyncio.create_task(quick.grades.send_due())
    await eventually(lambda: len(net.scores) == 6)
    assert net.waiting <= 4
    net.let_go.set()
    await sending

    assert net.waiting == 4, "asked on although it is away"
    waiting = [row for row in world.rows(LtiGrade) if row.due_at is not None]
    assert sorted(row.tries for row in waiting) == [0] * 14 + [1] * 4


async def test_given_a_state_that_comes_back_many_times_at_once_then_one_is_let_in(
    campus: Course,
) -> None:
    launches = campus.world.services.lti.launches
    asked = LoginRequest("https://campus.example", "7")
    begun = launches.begin(asked, BASE, "", HOME)
    (state,) = parse_qs(urlsplit(begun.url).query)["state"]

    answers = await asyncio.gather(
        *(asyncio.to_thread(launches._begun, state, begun.cookie) for _ in range(8)),
        return_exceptions=True,
    )

    refused = [one for one in answers if isinstance(one, LaunchRefused)]
    assert len(refused) == 7
    assert {one.code for one in refused} == {"lti_state_used"}


def test_given_launches_that_ended_then_they_are_forgotten_after_an_hour_in_batches(
    campus: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lti_launches, "_FORGOTTEN_AT_ONCE", 2)
    launches, clock = campus.world.services.lti.launches, campus.world.clock
    asked = LoginRequest("https://campus.example", "7")
    for _ in range(5):
        launches.begin(asked, BASE, "", HOME)
    clock.advance((STATE_LASTS + timedelta(hours=1)).total_seconds())
    launches.forget_old()
    assert campus.world.count(LtiLogin) == 5
    clock.advance(1)
    launches.begin(asked, BASE, "", HOME)
    launches.forget_old()
    assert campus.world.count(LtiLogin) == 1


# --- this installation's keys ---


def tool_keys(world: World, throttle: Throttle | None = None) -> ToolKeys:
    """As another worker has them."""
    services = world.services
    return ToolKeys(world.database, Vault(KEY), throttle or Throttle(), services.audit, world.clock)


async def test_given_workers_that_need_the_first_key_at_once_then_one_is_made(world: World) -> None:
    answers = await asyncio.gather(
        *(asyncio.to_thread(tool_keys(world).published, "192.0.2.1") for _ in range(4))
    )

    (key,) = world.rows(LtiKey)
    assert [[one["kid"] for one in found] for found in answers] == [[key.id]] * 4
    assert [one.action for one in world.rows(AuditEntry)].count("lti.key_made") == 1


def test_given_keys_that_were_asked_for_then_nothing_is_unsealed_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = tool_keys(world)
    first = keys.published("192.0.2.1")
    unsealed = list[bytes]()
    monkeypatch.setattr(Vault, "open", lambda _, sealed: unsealed.append(sealed))

    world.clock.advance(60)

    assert keys.published("192.0.2.1") == first
    assert unsealed == []


def test_given_a_key_that_was_retired_then_it_is_published_half_a_minute_longer(
    world: World,
) -> None:
    keys = tool_keys(world)
    (old,) = keys.published("192.0.2.1")
    with world.database.write() as session:
        session.get_one(LtiKey, old["kid"]).retired_at = world.clock()
    assert keys.published("192.0.2.1") == [old]
    world.clock.advance(30)
    (new,) = keys.published("192.0.2.1")
    assert new["kid"] != old["kid"]


def test_given_an_address_that_asks_for_keys_too_often_then_it_has_to_wait(world: World) -> None:
    throttle = Throttle()
    keys = tool_keys(world, throttle)
    most = int(Limit.LTI_ADDRESS.value.split()[0])
    for _ in range(most):
        throttle.hit(Limit.LTI_ADDRESS, "192.0.2.1")
    with pytest.raises(Throttled):
        keys.published("192.0.2.1")
    assert keys.published("192.0.2.2")
