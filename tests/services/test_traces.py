"""What the rules saw of a stream is drawn live, written every few seconds, and read years later."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from proctor_app.db import tables
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.domain.access import Role
from proctor_app.domain.exam import Level
from proctor_app.domain.incident import EventType
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services.trace_pages import Page, Written
from proctor_app.services.trace_writing import TraceWriter
from proctor_app.services.traces import Trace
from tests.fakes import jpeg
from tests.noted import attempted
from tests.papers import begun, browser_only, set_exam, with_
from tests.world import Person, World, build, eventually

ABSENT = EventType.FACE_ABSENT


class Stream:
    def __init__(self, world: World, who: Person, attempt_id: str) -> None:
        self.world, self.who, self.attempt_id = world, who, attempt_id
        self.proctor = world.person(Role.PROCTOR)

    async def show(self, *faces: int, world: World | None = None) -> None:
        """A picture a second, with so many faces each."""
        world = world or self.world
        for number, count in enumerate(faces):
            world.clock.advance(1.0)
            world.engine.faces = count
            ingest = world.services.monitoring.ingest
            await ingest(self.who.actor, self.attempt_id, jpeg(number))

    async def trace(self, world: World | None = None, max_points: int = 600) -> Trace:
        traces = (world or self.world).services.traces
        return await traces.of(self.proctor.actor, self.attempt_id, max_points)

    @property
    def stored(self) -> int:
        return self.world.count(tables.SignalTrace)


@pytest.fixture
async def stream(monitored: World) -> Stream:
    exam, who = set_exam(monitored, with_(level=Level.CAMERA)), monitored.person()
    return Stream(monitored, who, await begun(monitored, who, exam))


def shape(found: Trace) -> list[str]:
    """Per step: whether a face was missing."""
    return ["?" if score is None else str(round(score)) for score in found.scores[ABSENT]]


async def test_given_a_stream_then_it_is_drawn_before_anything_is_written(stream: Stream) -> None:
    await stream.show(1, 1, 0, 0, 1)
    found = await stream.trace()

    assert (found.step_s, shape(found)) == (1.0, ["?", "0", "0", "1", "1"])
    assert len(found.frames) == len(found.scores[ABSENT]) == 5


async def test_given_an_attempt_that_ended_then_all_of_it_is_stored(stream: Stream) -> None:
    await stream.show(1, 1, 0, 0, 1)
    stream.world.clock.advance(1.0)
    live = await stream.trace()
    await stream.world.services.sessions.stop(stream.who.actor, stream.who.id)

    after = await stream.trace()

    assert stream.stored == 1
    assert stream.world.services.monitoring.live(stream.attempt_id) is None
    assert shape(after) == shape(live) == ["?", "0", "0", "1", "1", "0"]


async def test_given_a_running_attempt_then_it_is_written_every_few_seconds(stream: Stream) -> None:
    await stream.show(1, 1, 0)
    await eventually(lambda: stream.stored == 1)


async def test_given_a_new_process_then_a_page_goes_on_where_it_was(
    stream: Stream, database_url: str
) -> None:
    await stream.show(1, 1, 0)
    await stream.world.services.monitoring.close()
    after = build(stream.world.settings.data_dir, database_url)
    after.clock.now = stream.world.clock()
    after.clock.advance(2)
    await after.services.monitoring.start()
    await stream.show(0, 0, 1, world=after)  # the first only tells that it goes on
    live = await stream.trace(after)
    await after.services.monitoring.close()

    stored = await stream.trace(after)
    assert shape(live) == shape(stored) == ["?", "0", "0", "1", "?", "?", "?", "1"]
    after.database.close()


async def test_given_a_gap_then_its_seconds_have_no_frames(stream: Stream) -> None:
    await stream.show(1, 1)
    stream.world.clock.advance(5)
    live = stream.world.services.monitoring.live(stream.attempt_id)
    assert live is not None
    live.tick(stream.world.clock())
    await stream.show(1)

    found = await stream.trace()
    assert 0 in found.frames
    assert 1.0 in found.scores[EventType.MONITORING_GAP]


async def test_given_nothing_can_be_written_then_it_is_written_later(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stream.show(1, 1, 0)
    with monkeypatch.context() as broken:
        broken.setattr(Database, "write", _refuse)
        live = stream.world.services.monitoring.live(stream.attempt_id)
        assert live is not None
        with pytest.raises(DatabaseUnavailable):
            await stream.world.services.monitoring._save_traces([live])
        assert not live.trace.is_written

    await eventually(lambda: stream.stored == 1)


def test_given_more_candidates_then_their_pages_take_no_more_reads(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("proctor_app.services.trace_writing._AT_ONCE", 3)
    people = [world.person() for _ in range(5)]
    ids = [
        attempted(world.database, world.settings, who.id, [], world.clock()).id for who in people
    ]
    writer = TraceWriter(world.database)

    def reads(of: list[str]) -> int:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
            if statement.lstrip().upper().startswith("SELECT"):
                asked.append(statement)

        engine = world.database.engine
        event.listen(engine, "before_cursor_execute", note)
        writer.write({one: [Written(0, Page(), 1), Written(1, Page(), 1)] for one in of})
        event.remove(engine, "before_cursor_execute", note)
        return len(asked)

    assert reads(ids[:1]) == reads(ids[1:4]) == reads(ids[1:4])
    reads(ids)  # in more than one transaction
    found = {(row.attempt_id, row.slot) for row in world.rows(tables.SignalTrace)}
    assert found == {(one, slot) for one in ids for slot in (0, 1)}


def _refuse(_database: Database) -> None:
    raise DatabaseUnavailable


async def test_given_an_erasure_that_was_begun_then_nothing_more_is_written(
    stream: Stream,
) -> None:
    with stream.world.database.write() as session:
        user = session.get_one(tables.User, stream.who.id)
        user.password_hash, user.erasure_requested_at = "", stream.world.clock()
    await stream.show(1, 1, 0)
    live = stream.world.services.monitoring.live(stream.attempt_id)
    assert live is not None

    await stream.world.services.monitoring._save_traces([live])

    assert stream.stored == 0


async def test_given_a_damaged_page_then_the_rest_is_drawn(stream: Stream) -> None:
    await stream.show(1, 1, 0)
    await eventually(lambda: stream.stored == 1)
    with stream.world.database.write() as session:
        session.add(tables.SignalTrace(attempt_id=stream.attempt_id, slot=1, data=b"damaged"))
    assert shape(await stream.trace()) == ["?", "0", "0"]


async def test_given_an_exam_without_a_camera_then_there_is_nothing_to_draw(
    monitored: World,
) -> None:
    exam, who = set_exam(monitored, browser_only()), monitored.person()
    stream = Stream(monitored, who, await begun(monitored, who, exam))
    monitored.clock.advance(3)

    found = await stream.trace()
    assert (found.scores, found.frames) == ({}, (None, None, None))


async def test_given_staff_who_sat_it_themselves_then_they_see_no_trace_of_it(
    stream: Stream,
) -> None:
    stream.world.services.accounts.set_role(stream.who.email, Role.PROCTOR)
    staff = replace(stream.who.actor, role=Role.PROCTOR)

    with pytest.raises(NotAllowed):
        await stream.world.services.traces.of(staff, stream.attempt_id)


async def test_given_anybody_else_then_they_see_no_trace(stream: Stream) -> None:
    traces = stream.world.services.traces
    (attempt,) = stream.world.rows(tables.Attempt)
    with stream.world.database.write() as session:
        session.add(tables.ExamProctor(exam_id=attempt.exam_id or "", user_id=stream.proctor.id))
    others = (stream.who, stream.world.person(), stream.world.person(Role.PROCTOR))
    for who in others:
        with pytest.raises(NotAllowed):
            await traces.of(who.actor, stream.attempt_id)
    with pytest.raises(NotFound):
        await traces.of(stream.proctor.actor, "no such attempt")
    assert (await stream.trace()).frames == ()
