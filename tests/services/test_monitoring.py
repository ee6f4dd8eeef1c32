"""The one way of a frame: looked at, judged, committed, and only then told to others."""

import asyncio
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlmodel import Session

from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import Attempt, AttemptEvent, Evidence, Incident
from proctor_app.domain.access import Role
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import Transition
from proctor_app.errors import Conflict, NotAllowed, NotFound, Throttled, Unavailable
from proctor_app.services import monitoring
from proctor_app.services.attempts import Attempts
from proctor_app.services.broadcast import AttemptNews, IncidentNews, News, Subscription
from proctor_app.services.incidents import Incidents
from proctor_app.services.live import Receipt
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.vault import Vault
from proctor_app.services.views import AttemptView
from proctor_app.settings import resolve_data_key
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected
from proctor_app.vision.observation import QualityProblem
from tests.fakes import jpeg, png, seen
from tests.services.conftest import TICK_S
from tests.world import Person, World, build, eventually

SOME_TICKS_S = 8 * TICK_S


class Camera:
    """A candidate whose attempt runs, and who sends pictures."""

    def __init__(self, world: World, who: Person, attempt_id: str) -> None:
        self.world = world
        self.who = who
        self.attempt_id = attempt_id
        self.began = world.clock()
        self._sent = 0

    async def send(self, after_s: float = 0.0, faces: int = 1, data: bytes = b"") -> Receipt:
        """Let time pass, then send a picture that shows so many faces; wait for the answer."""
        self.world.clock.advance(after_s)
        self.world.engine.faces = faces
        self._sent += 1
        data = data or jpeg(self._sent)
        return await self.world.services.monitoring.ingest(self.who.actor, self.attempt_id, data)

    async def absent_for_2_s(self) -> None:
        """What opens face_absent, one second after the camera began."""
        for _ in range(3):
            await self.send(1.0, faces=0)

    def at(self, moment: datetime | None) -> float | None:
        """Seconds since the camera began."""
        return None if moment is None else (moment - self.began).total_seconds()

    @property
    def incidents(self) -> list[tuple[str, float | None, float | None]]:
        """Type, beginning and end of each incident in the database."""
        return [
            (row.event_type, self.at(row.opened_at), self.at(row.closed_at))
            for row in self.world.rows(Incident)
            if row.attempt_id == self.attempt_id
        ]

    @property
    def row(self) -> Attempt:
        return next(row for row in self.world.rows(Attempt) if row.id == self.attempt_id)

    @property
    def history(self) -> list[str]:
        with self.world.database.read() as session:
            return [event.kind for event in AttemptRows(session).events(self.attempt_id)]


async def start_camera(world: World) -> Camera:
    who = world.person()
    started = await world.services.sessions.start(who.actor, who.id)
    return Camera(world, who, started.attempt.id)


@pytest.fixture
async def camera(monitored: World) -> Camera:
    return await start_camera(monitored)


@pytest.fixture
def news(world: World) -> Iterator[Subscription]:
    with world.services.broadcast.subscribe() as subscription:
        yield subscription


class Outage:
    """While ``on``, nothing can be written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.on = False
        real = Database.write

        @contextmanager
        def write(database: Database) -> Iterator[Session]:
            if self.on:
                raise DatabaseUnavailable
            with real(database) as session:
                yield session

        monkeypatch.setattr(Database, "write", write)


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> Outage:
    return Outage(monkeypatch)


def pictures(world: World) -> list[Path]:
    return [path for path in (world.settings.data_dir / "pictures").rglob("*") if path.is_file()]


_Kind = TypeVar("_Kind", bound=News)


async def heard(news: Subscription, kind: type[_Kind], count: int) -> list[_Kind]:
    """The next so many news of a kind; others are passed over."""
    found: list[_Kind] = []
    async with asyncio.timeout(5):
        while len(found) < count:
            found += [item for item in await news.wait(5) if isinstance(item, kind)]
    return found


async def silent(news: Subscription) -> bool:
    return await news.wait(0.001) == []


# --- an incident ---


async def test_given_a_face_when_it_is_missing_for_2_s_then_one_incident_opens_with_the_picture(
    camera: Camera,
) -> None:
    await camera.send(0.5)
    await camera.send(0.5, faces=0)
    await camera.send(1.0, faces=0)
    assert camera.incidents == []

    last = jpeg(99)
    await camera.send(1.0, faces=0, data=last)
    await camera.send(1.0, faces=0)

    assert camera.incidents == [("face_absent", 1.0, None)]
    (evidence,), (file,) = camera.world.rows(Evidence), pictures(camera.world)
    assert evidence.key == f"{camera.attempt_id}/{file.name}"
    assert Vault(resolve_data_key(camera.world.settings)).open(file.read_bytes()) == last
    assert (evidence.ordinal, camera.at(evidence.taken_at)) == (0, 3.0)
    assert (evidence.sha256, evidence.size_bytes) == (
        hashlib.sha256(last).hexdigest(),
        len(last),
    )
    (incident,) = camera.world.rows(Incident)
    assert (incident.severity, incident.models, incident.verdict) == (
        "alert",
        "fake-faces 1",
        "not_reviewed",
    )


async def test_given_an_open_incident_when_the_face_is_back_then_it_ends_when_it_came_back(
    camera: Camera,
) -> None:
    await camera.absent_for_2_s()

    await camera.send(1.0)
    assert camera.incidents == [("face_absent", 1.0, None)]
    await camera.send(0.8)

    assert camera.incidents == [("face_absent", 1.0, 4.0)]


async def test_given_a_face_missing_for_less_than_2_s_then_nothing_opens(camera: Camera) -> None:
    await camera.send(1.0, faces=0)
    await camera.send(1.9, faces=0)
    await camera.send(0.1)
    await camera.send(1.0)

    assert camera.incidents == []
    assert pictures(camera.world) == []


async def test_given_two_rules_are_broken_then_each_has_its_incident_and_picture(
    camera: Camera,
) -> None:
    for _ in range(3):
        camera.world.engine.script.append(seen(2, phone=0.9))
        await camera.send(1.0)

    assert sorted(camera.incidents) == [("multiple_faces", 1.0, None), ("phone", 1.0, None)]
    assert len(pictures(camera.world)) == len(camera.world.rows(Evidence)) == 2


async def test_given_an_incident_when_it_is_told_then_it_is_in_the_database_already(
    camera: Camera, news: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[str, float | None, int]] = []

    def look(item: News) -> None:
        if isinstance(item, IncidentNews):
            (row,) = camera.world.rows(Incident)
            evidence = camera.world.count(Evidence)
            found.append((item.phase.value, camera.at(row.closed_at), evidence))

    monkeypatch.setattr(news, "put", look)
    await camera.absent_for_2_s()
    await camera.send(1.0)
    await camera.send(1.0)

    assert found == [("opened", None, 1), ("closed", 4.0, 1)]


async def test_given_an_incident_then_the_news_tell_what_the_database_holds(
    camera: Camera, news: Subscription
) -> None:
    await camera.absent_for_2_s()

    (item,) = await heard(news, IncidentNews, 1)
    (row,) = camera.world.rows(Incident)
    assert (item.attempt_id, item.incident.id) == (camera.attempt_id, row.id)
    assert (item.incident.opened_at, item.incident.evidence_count) == (row.opened_at, 1)


async def test_given_a_png_then_its_evidence_is_kept_as_a_jpeg(camera: Camera) -> None:
    for number in range(3):
        await camera.send(1.0, faces=0, data=png(number))

    (file,) = pictures(camera.world)
    opened = Vault(resolve_data_key(camera.world.settings)).open(file.read_bytes())
    assert opened.startswith(b"\xff\xd8\xff")
    assert camera.world.rows(Evidence)[0].sha256 == hashlib.sha256(opened).hexdigest()


# --- what can't be judged ---


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (FrameRejected("frame_undecodable", "damaged"), "frame_undecodable"),
        (VisionFailed("a model failed"), "vision_failed"),
        (RuntimeError("nobody thought of this"), "frame_failed"),
    ],
)
async def test_given_a_frame_that_fails_in_the_engine_then_it_gets_its_code_and_the_next_goes_on(
    camera: Camera, failure: Exception, code: str
) -> None:
    camera.world.engine.script.append(failure)

    with pytest.raises((FrameRejected, Unavailable)) as refused:
        await camera.send(0.5)
    assert getattr(refused.value, "code", None) == code
    assert (await camera.send(0.5)).analysed


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00", "frame_not_an_image"),
        (jpeg()[:200], "frame_truncated"),
        (jpeg(0, 20, 20), "frame_dimensions"),
        (jpeg(0, 1928, 40), "frame_dimensions"),
        (b"\xff" * (300 * 1024 + 1), "frame_too_large"),
    ],
)
async def test_given_a_picture_that_is_refused_by_its_header_then_no_model_sees_it(
    camera: Camera, data: bytes, code: str
) -> None:
    with pytest.raises(FrameRejected) as refused:
        await camera.send(0.5, data=data)

    assert refused.value.code == code
    assert camera.world.engine.looked_at == []


_UNJUDGED = [
    pytest.param(FrameRejected("frame_undecodable", "damaged"), jpeg(), id="undecodable"),
    pytest.param(VisionFailed("a model failed"), jpeg(), id="vision failed"),
    pytest.param(None, b"not a picture", id="refused by its header"),
]


@pytest.mark.parametrize(("failure", "data"), _UNJUDGED)
async def test_given_frames_that_cannot_be_judged_then_they_open_nothing(
    camera: Camera, failure: Exception | None, data: bytes
) -> None:
    await camera.send(1.0, faces=0)
    for _ in range(4):
        camera.world.engine.script.extend([failure] if failure else [])
        with pytest.raises((FrameRejected, Unavailable)):
            await camera.send(0.7, faces=0, data=data)

    await asyncio.sleep(SOME_TICKS_S)
    assert camera.incidents == []


@pytest.mark.parametrize(("failure", "data"), _UNJUDGED)
async def test_given_an_open_incident_then_frames_that_cannot_be_judged_do_not_prolong_it(
    camera: Camera, failure: Exception | None, data: bytes
) -> None:
    await camera.absent_for_2_s()
    for _ in range(4):
        camera.world.engine.script.extend([failure] if failure else [])
        with pytest.raises((FrameRejected, Unavailable)):
            await camera.send(0.7, faces=0, data=data)

    await eventually(lambda: camera.incidents == [("face_absent", 1.0, 3.0)])


async def test_given_a_poor_picture_then_the_face_rules_rest_and_the_time_is_not_counted(
    camera: Camera,
) -> None:
    for _ in range(5):
        camera.world.engine.script.append(seen(0, problem=QualityProblem.DARK))
        await camera.send(1.0)

    assert camera.incidents == [("frame_quality_low", 1.0, None)]
    live = camera.world.services.monitoring.live(camera.attempt_id)
    assert live is not None
    assert (live.status.face, live.status.problem) == ("unknown", "dark")
    assert live.progress.monitored_s == 0.0


# --- too many frames, too late frames ---


async def test_given_five_frames_while_one_is_looked_at_then_the_newest_wins(
    camera: Camera,
) -> None:
    engine = camera.world.engine
    engine.hold()
    sent = [asyncio.create_task(camera.send(0.1))]
    await eventually(lambda: len(engine.looked_at) == 1)
    for _ in range(4):
        sent.append(asyncio.create_task(camera.send(0.1)))
        await asyncio.sleep(0)

    engine.release()
    receipts = await asyncio.gather(*sent)

    assert [receipt.analysed for receipt in receipts] == [True, False, False, False, True]
    assert [receipt.frame_number for receipt in receipts] == [1, 2, 3, 4, 5]
    assert engine.looked_at == [jpeg(1), jpeg(5)]
    live = camera.world.services.monitoring.live(camera.attempt_id)
    assert live is not None
    assert live.inbox.replaced == 3


async def test_given_a_frame_waited_for_more_than_2_s_then_it_is_not_looked_at(
    camera: Camera,
) -> None:
    engine = camera.world.engine
    engine.hold()
    first = asyncio.create_task(camera.send(0.1))
    await eventually(lambda: len(engine.looked_at) == 1)
    second = asyncio.create_task(camera.send(0.1))
    await asyncio.sleep(0)

    camera.world.clock.advance(2.1)
    engine.release()

    assert (await first).analysed
    assert not (await second).analysed
    assert engine.looked_at == [jpeg(1)]
    live = camera.world.services.monitoring.live(camera.attempt_id)
    assert live is not None
    assert live.late == 1


async def test_given_a_flood_of_frames_then_it_is_throttled_and_others_are_not(
    camera: Camera,
) -> None:
    other = await start_camera(camera.world)
    frames = [camera.send(0.01) for _ in range(40)]

    answers = await asyncio.gather(*frames, return_exceptions=True)

    throttled = [answer for answer in answers if isinstance(answer, Throttled)]
    assert len(throttled) == 20
    assert {refusal.retry_after_s for refusal in throttled} == {1}
    assert (await other.send(0.01)).analysed


# --- silence ---


async def test_given_no_frame_for_5_s_then_a_gap_opens_and_the_next_frame_closes_it(
    camera: Camera,
) -> None:
    await camera.send(1.0)
    camera.world.clock.advance(4.9)
    await asyncio.sleep(SOME_TICKS_S)
    assert camera.incidents == []

    camera.world.clock.advance(0.1)
    await eventually(lambda: camera.incidents == [("monitoring_gap", 1.0, None)])
    camera.world.clock.advance(10)
    await asyncio.sleep(SOME_TICKS_S)
    await camera.send(1.0)

    assert camera.incidents == [("monitoring_gap", 1.0, 17.0)]
    assert camera.row.status == "running"


async def test_given_no_frame_ever_came_then_the_gap_begins_with_the_attempt(
    camera: Camera,
) -> None:
    camera.world.clock.advance(6)

    await eventually(lambda: camera.incidents == [("monitoring_gap", 0.0, None)])


async def test_given_silence_then_nothing_is_claimed_of_the_last_picture(camera: Camera) -> None:
    await camera.send(1.0)
    live = camera.world.services.monitoring.live(camera.attempt_id)
    assert live is not None
    assert live.status.face == "one"

    camera.world.clock.advance(2.0)

    await eventually(lambda: live.status.face == "unknown")


async def test_given_no_frame_for_a_minute_then_it_is_interrupted_and_the_next_frame_resumes_it(
    camera: Camera, news: Subscription
) -> None:
    await camera.send(1.0)
    camera.world.clock.advance(61)
    await eventually(lambda: camera.row.status == "interrupted")
    assert camera.row.status_reason == "No picture for a minute."

    await camera.send(1.0)

    assert camera.row.status == "running"
    assert camera.history[-2:] == ["interrupted", "running"]
    told = [item.status for item in await heard(news, AttemptNews, 2)]
    assert told == ["interrupted", "running"]
    assert camera.incidents == [("monitoring_gap", 1.0, 63.0)]


async def test_given_an_interrupted_attempt_when_started_again_then_frames_are_taken_again(
    camera: Camera,
) -> None:
    camera.world.clock.advance(61)
    await eventually(lambda: camera.row.status == "interrupted")

    await camera.world.services.sessions.start(camera.who.actor, camera.who.id)
    await asyncio.sleep(SOME_TICKS_S)
    assert camera.row.status == "running"  # it has a minute again for its first frame

    assert (await camera.send(1.0)).analysed
    camera.world.clock.advance(61)
    await eventually(lambda: camera.row.status == "interrupted")


# --- the end ---


async def test_given_the_time_is_up_then_the_attempt_ends_and_its_incidents_with_it(
    camera: Camera, news: Subscription
) -> None:
    camera.world.clock.advance(120 * 60 - 4)
    await eventually(lambda: camera.row.status == "interrupted")
    for _ in range(4):
        await camera.send(0.9, faces=0)
    open_now = [kind for kind, _, closed in camera.incidents if closed is None]
    assert open_now == ["face_absent"]

    camera.world.clock.advance(0.5)
    await eventually(lambda: camera.row.status == "timed_out")

    await eventually(lambda: all(closed is not None for _, _, closed in camera.incidents))
    assert camera.row.status_reason == "The time was up."
    assert camera.at(camera.row.ended_at) == 120 * 60 + 0.1
    told = [item.status for item in await heard(news, AttemptNews, 3)]
    assert told == ["interrupted", "running", "timed_out"]
    with pytest.raises(Conflict) as refused:
        await camera.send(0.5)
    assert refused.value.code == "attempt_not_running"


async def test_given_open_incidents_when_stopped_then_they_end_now_and_frames_are_refused(
    camera: Camera, news: Subscription
) -> None:
    await camera.absent_for_2_s()
    camera.world.clock.advance(0.5)

    ended = await camera.world.services.sessions.stop(camera.who.actor, camera.who.id)

    assert ended.status is AttemptStatus.SUBMITTED
    assert camera.incidents == [("face_absent", 1.0, 3.5)]
    told = await news.wait(5)
    assert [type(item) for item in told] == [IncidentNews, IncidentNews, AttemptNews]
    with pytest.raises(Conflict):
        await camera.send(0.5)


async def test_given_a_frame_is_being_looked_at_when_stopped_then_it_is_answered_first(
    camera: Camera,
) -> None:
    engine = camera.world.engine
    engine.hold()
    sent = asyncio.create_task(camera.send(0.5))
    await eventually(lambda: len(engine.looked_at) == 1)
    waiting = asyncio.create_task(camera.send(0.1))
    await asyncio.sleep(0)

    stopping = asyncio.create_task(
        camera.world.services.sessions.stop(camera.who.actor, camera.who.id)
    )
    with pytest.raises(Conflict):
        await waiting
    engine.release()

    assert (await sent).analysed
    assert (await stopping).status is AttemptStatus.SUBMITTED


async def test_given_an_overdue_attempt_when_a_new_one_is_started_then_the_old_one_is_let_go(
    camera: Camera, news: Subscription
) -> None:
    await camera.absent_for_2_s()
    camera.world.clock.advance(120 * 60)

    started = await camera.world.services.sessions.start(camera.who.actor, camera.who.id)

    assert started.attempt.id != camera.attempt_id
    await eventually(lambda: camera.world.services.monitoring.live(camera.attempt_id) is None)
    await eventually(lambda: all(closed is not None for _, _, closed in camera.incidents))
    told = await heard(news, AttemptNews, 2)
    assert sorted(told, key=lambda item: item.status) == [
        AttemptNews(started.attempt.id, "running"),
        AttemptNews(camera.attempt_id, "timed_out"),
    ]
    assert camera.world.services.monitoring.live(started.attempt.id) is not None


async def test_given_an_attempt_vanished_from_the_database_then_others_are_watched_on(
    camera: Camera,
) -> None:
    lost, kept = camera, await start_camera(camera.world)
    with lost.world.database.write() as session:
        for event in AttemptRows(session).events(lost.attempt_id):
            session.delete(event)
        session.flush()
        session.delete(session.get_one(Attempt, lost.attempt_id))

    lost.world.clock.advance(120 * 60)

    await eventually(lambda: kept.row.status == "timed_out")
    await eventually(lambda: lost.world.services.monitoring.live(lost.attempt_id) is None)


async def test_given_more_time_was_given_then_the_attempt_ends_by_that(camera: Camera) -> None:
    with camera.world.database.write() as session:
        row = AttemptRows(session).by_id(camera.attempt_id)
        assert row is not None
        row.duration_minutes += 1
        ends_s = row.duration_minutes * 60
    camera.world.clock.advance(ends_s - 1)
    await asyncio.sleep(SOME_TICKS_S)
    assert camera.row.ended_at is None

    camera.world.clock.advance(1)
    await eventually(lambda: camera.row.status == AttemptStatus.TIMED_OUT)


# --- who ---


@pytest.mark.parametrize("role", Role)
async def test_given_somebody_elses_attempt_then_nobody_sends_frames_for_it(
    camera: Camera, role: Role
) -> None:
    other = camera.world.person(role)

    with pytest.raises(NotAllowed):
        await camera.world.services.monitoring.ingest(other.actor, camera.attempt_id, jpeg())

    assert camera.world.engine.looked_at == []


async def test_given_no_such_attempt_then_a_frame_for_it_is_refused(camera: Camera) -> None:
    ingest = camera.world.services.monitoring.ingest

    with pytest.raises(NotFound):
        await ingest(camera.who.actor, "no such attempt", jpeg())


# --- trouble with the database and the disk ---


async def test_given_the_database_fails_then_the_incident_is_kept_and_committed_once_later(
    camera: Camera, news: Subscription, outage: Outage
) -> None:
    outage.on = True
    await camera.absent_for_2_s()
    await asyncio.sleep(SOME_TICKS_S)
    assert camera.world.rows(Incident) == []
    assert await silent(news)
    await eventually(lambda: pictures(camera.world) == [])

    outage.on = False
    await heard(news, IncidentNews, 1)
    await asyncio.sleep(SOME_TICKS_S)

    assert camera.incidents == [("face_absent", 1.0, None)]
    assert await silent(news)
    (file,) = pictures(camera.world)
    opened = Vault(resolve_data_key(camera.world.settings)).open(file.read_bytes())
    assert opened == jpeg(3)  # of the moment, not of the commit


async def test_given_the_database_fails_over_a_whole_incident_then_both_ends_are_committed(
    camera: Camera, news: Subscription, outage: Outage
) -> None:
    outage.on = True
    await camera.absent_for_2_s()
    await camera.send(1.0)
    await camera.send(1.0)

    outage.on = False

    told = [item.phase for item in await heard(news, IncidentNews, 2)]
    assert told == ["opened", "closed"]
    assert camera.incidents == [("face_absent", 1.0, 4.0)]


async def test_given_the_disk_is_full_then_the_incident_is_kept_and_committed_later(
    camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_store: FolderStore, _owner: str, _picture: bytes) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(FolderStore, "put", full)
        await camera.absent_for_2_s()
        await asyncio.sleep(SOME_TICKS_S)
        assert camera.incidents == []

    await eventually(lambda: camera.incidents == [("face_absent", 1.0, None)])
    assert len(pictures(camera.world)) == 1


async def test_given_the_database_fails_right_after_the_end_then_incidents_are_closed_later(
    camera: Camera, outage: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await camera.absent_for_2_s()
    really_end = Attempts.submit

    def end_and_fail(attempts: Attempts, *how: Any) -> AttemptView:
        ended = really_end(attempts, *how)
        outage.on = True
        return ended

    monkeypatch.setattr(Attempts, "submit", end_and_fail)
    ended = await camera.world.services.sessions.stop(camera.who.actor, camera.who.id)
    assert ended.status is AttemptStatus.SUBMITTED
    assert camera.incidents == [("face_absent", 1.0, None)]

    outage.on = False
    await eventually(lambda: camera.incidents == [("face_absent", 1.0, 3.0)])
    await eventually(lambda: camera.row.monitored_s == 3.0)


async def test_given_the_database_fails_when_stopped_then_the_attempt_goes_on(
    camera: Camera, outage: Outage
) -> None:
    outage.on = True
    with pytest.raises(DatabaseUnavailable):
        await camera.world.services.sessions.stop(camera.who.actor, camera.who.id)
    outage.on = False

    assert (await camera.send(0.5)).analysed
    assert camera.row.status == "running"


async def test_given_the_database_fails_when_interrupted_then_it_is_interrupted_later(
    camera: Camera, outage: Outage
) -> None:
    outage.on = True
    camera.world.clock.advance(61)
    await asyncio.sleep(SOME_TICKS_S)
    outage.on = False

    await eventually(lambda: camera.row.status == "interrupted")
    assert (await camera.send(1.0)).analysed
    assert camera.row.status == "running"


async def test_given_the_database_fails_at_the_end_of_the_time_then_it_is_timed_out_later(
    camera: Camera, outage: Outage
) -> None:
    outage.on = True
    camera.world.clock.advance(120 * 60)
    await asyncio.sleep(SOME_TICKS_S)
    assert camera.row.status == "running"
    outage.on = False

    await eventually(lambda: camera.row.status == "timed_out")


@pytest.mark.parametrize("step", ["opened", "closed"])
async def test_given_a_commit_whose_answer_is_lost_then_the_incident_is_there_once(
    camera: Camera, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    really_record, lost = Incidents.record, [step]

    def record(incidents: Incidents, attempt_id: str, change: Transition, *how: Any, **more: Any):  # type: ignore[no-untyped-def]
        found = really_record(incidents, attempt_id, change, *how, **more)
        if change.phase.value in lost:
            lost.clear()
            raise DatabaseUnavailable
        return found

    monkeypatch.setattr(Incidents, "record", record)
    await camera.absent_for_2_s()
    await camera.send(1.0)
    await camera.send(1.0)
    await eventually(lambda: camera.incidents == [("face_absent", 1.0, 4.0)])

    await camera.send(1.0)
    assert lost == []
    assert camera.incidents == [("face_absent", 1.0, 4.0)]
    assert [row.moment for row in camera.world.rows(Evidence)] == ["at", "after"]
    assert len(pictures(camera.world)) == 2


# --- the process comes and goes ---


async def test_given_frames_then_progress_is_saved_every_few_seconds(camera: Camera) -> None:
    await camera.send(1.0)
    await camera.send(1.0, faces=0)
    await camera.send(0.5)

    await eventually(lambda: camera.row.monitored_s == 2.5)
    assert camera.row.face_s == 1.5
    assert camera.at(camera.row.last_frame_at) == 2.5


async def test_given_a_crash_then_incidents_end_and_the_next_frame_resumes_the_attempt(
    camera: Camera, database_url: str
) -> None:
    await camera.send(0.5)
    await camera.absent_for_2_s()
    await eventually(lambda: camera.at(camera.row.last_frame_at) == 3.5)
    after = build(camera.world.settings.data_dir, database_url)
    after.clock.now = camera.world.clock() + timedelta(seconds=30)

    await after.services.monitoring.start()
    assert camera.incidents == [("face_absent", 1.5, 3.5)]
    assert camera.row.status == "interrupted"
    frames = [
        after.services.monitoring.ingest(camera.who.actor, camera.attempt_id, jpeg(n))
        for n in range(3)
    ]
    receipts = await asyncio.gather(*frames)

    assert any(receipt.analysed for receipt in receipts)
    assert camera.row.status == "running"
    assert camera.history.count("running") == 2
    await after.services.monitoring.close()
    after.database.close()
    assert camera.row.monitored_s >= 3.5  # what was known is counted on


async def test_given_the_process_ends_in_order_then_everything_known_is_written(
    world: World, outage: Outage
) -> None:
    await world.services.monitoring.start()
    camera = await start_camera(world)
    outage.on = True
    await camera.absent_for_2_s()
    outage.on = False

    await world.services.monitoring.close()

    assert camera.incidents == [("face_absent", 1.0, None)]  # the next start closes it
    assert camera.at(camera.row.last_frame_at) == 3.0
    assert camera.row.status == "running"


async def test_given_the_database_is_away_when_the_process_ends_then_it_ends_nevertheless(
    world: World, outage: Outage
) -> None:
    await world.services.monitoring.start()
    camera = await start_camera(world)
    await camera.send(1.0)
    outage.on = True

    await world.services.monitoring.close()

    assert world.services.monitoring.live(camera.attempt_id) is None


async def test_given_an_overdue_attempt_of_before_then_the_start_times_it_out(
    world: World,
) -> None:
    await world.services.monitoring.start()
    camera = await start_camera(world)
    await world.services.monitoring.close()
    world.clock.advance(121 * 60)

    again = build(world.settings.data_dir, str(world.settings.database_url))
    again.clock.now = world.clock()
    await again.services.monitoring.start()

    assert camera.row.status == "timed_out"
    await again.services.monitoring.close()
    again.database.close()


async def test_given_an_attempt_nobody_monitors_when_its_time_is_up_then_it_is_timed_out_and_told(
    monitored: World, news: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitoring, "_EXPIRE_EVERY_TICKS", 2)
    who = monitored.person()
    with monitored.database.write() as session:
        session.add(
            Attempt(
                id="00000000-0000-0000-0000-000000000001",
                user_id=who.id,
                open_for=who.id,
                status="interrupted",
                created_at=monitored.clock(),
                started_at=monitored.clock(),
                duration_minutes=1,
            )
        )

    monitored.clock.advance(60)

    await eventually(lambda: monitored.rows(Attempt)[0].status == "timed_out")
    assert [item.status for item in await heard(news, AttemptNews, 1)] == ["timed_out"]


async def test_given_a_history_then_every_change_of_status_has_its_reason(
    camera: Camera,
) -> None:
    camera.world.clock.advance(61)
    await eventually(lambda: camera.row.status == "interrupted")
    await camera.send(1.0)
    await camera.world.services.sessions.stop(camera.who.actor, camera.who.id)

    events = camera.world.rows(AttemptEvent)
    assert [(event.kind, event.detail) for event in events][1:] == [
        ("running", "started"),
        ("interrupted", "No picture for a minute."),
        ("running", "Frames arrive again."),
        ("submitted", "Ended by the candidate."),
    ]
