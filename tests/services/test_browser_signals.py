"""Signals of browsers: each kept once and for good, judged by the exam, told to others."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session

from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import Attempt, BrowserEvent, Incident, Message
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.browser import Policy, SignalKind
from proctor_app.domain.exam import ExamContent, Level, RuleChange
from proctor_app.domain.incident import EventType
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound, Throttled
from proctor_app.services.broadcast import IncidentNews, MessageNews, News, Subscription
from proctor_app.services.browser_signals import BrowserSignals
from proctor_app.services.claims import MAX_CLAIMS, Claim
from tests.fakes import jpeg
from tests.seats import content, publish, sit
from tests.services.conftest import TICK_S
from tests.world import Person, World, build, eventually

K = SignalKind


@dataclass(frozen=True, slots=True)
class Seat:
    """A candidate at an exam that runs."""

    world: World
    who: Person
    attempt_id: str
    began: datetime

    async def tell(self, *claims: Claim | str, holder: str = "") -> int:
        told = [Claim(one) if isinstance(one, str) else one for one in claims]
        take = self.world.services.browser_signals.take
        return await take(self.who.actor, self.attempt_id, told, "page", holder)

    def at(self, moment: datetime | None) -> float | None:
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
    def events(self) -> list[BrowserEvent]:
        return self.world.rows(BrowserEvent)

    @property
    def row(self) -> Attempt:
        return next(row for row in self.world.rows(Attempt) if row.id == self.attempt_id)


async def seat(world: World, what: ExamContent | None = None) -> Seat:
    who, attempt_id = await sit(world, publish(world, what or content()))
    return Seat(world, who, attempt_id, world.clock())


@pytest.fixture
async def here(monitored: World) -> Seat:
    return await seat(monitored)


@pytest.fixture
def news(world: World) -> Iterator[Subscription]:
    with world.services.broadcast.subscribe() as subscription:
        yield subscription


def numbered(*kinds: str, first: int = 1) -> list[Claim]:
    return [Claim(kind, seq=first + number) for number, kind in enumerate(kinds)]


# --- kept once ---


async def test_given_a_batch_then_it_is_kept_in_its_order_as_it_was_claimed(here: Seat) -> None:
    claimed = here.began - timedelta(hours=3)
    saved = await here.tell(
        Claim("hidden", claimed, 7, detail={"width": 10, "note": "x"}),
        Claim("something new", seq=8),
        Claim("visible", seq=9),
    )
    assert saved == 3
    rows = here.events
    assert [(one.kind, one.seq, one.text) for one in rows] == [
        ("hidden", 7, ""),
        ("note", 8, "something new"),
        ("visible", 9, ""),
    ]
    assert (rows[0].claimed_at, rows[0].received_at, rows[0].source) == (
        claimed,
        here.began,
        "page",
    )
    assert json.loads(rows[0].detail) == {"width": 10, "note": "x"}


async def test_given_a_batch_sent_again_then_nothing_is_kept_or_opened_twice(here: Seat) -> None:
    batch = numbered("paste", "hidden", "visible")
    assert await here.tell(*batch) == 3
    here.world.clock.advance(3)
    assert await here.tell(*batch, Claim("print", seq=4)) == 1
    assert [one.seq for one in here.events] == [1, 2, 3, 4]
    assert [kind for kind, _, _ in here.incidents] == ["clipboard", "tab_switch", "print"]


async def test_given_one_seq_twice_in_a_batch_then_the_first_counts(here: Seat) -> None:
    assert await here.tell(Claim("copy", seq=1), Claim("print", seq=1)) == 1
    assert [one.kind for one in here.events] == ["copy"]


async def test_given_no_seq_then_every_claim_is_kept(here: Seat) -> None:
    assert await here.tell("copy", "copy") == 2


async def test_given_the_same_batch_many_times_at_once_then_each_seq_is_kept_once(
    here: Seat,
) -> None:
    batch = numbered(*["hidden", "visible"] * 10, "paste")
    saved = await asyncio.gather(*(here.tell(*batch) for _ in range(12)))
    assert sorted(saved) == [0] * 11 + [21]
    assert sorted(one.seq or 0 for one in here.events) == list(range(1, 22))
    assert len(here.incidents) == 11


async def test_given_two_servers_get_the_same_batches_then_each_seq_is_kept_once(
    here: Seat,
) -> None:
    """Another process over the same database: no lock of this one helps."""
    other = build(here.world.settings.data_dir, here.world.settings.database_url)
    there = Seat(other, here.who, here.attempt_id, here.began)
    batches = [numbered("copy", "paste", "print", first=first) for first in range(1, 12)]
    try:
        saved = await asyncio.gather(
            *(place.tell(*batch) for batch in batches for place in (here, there))
        )
    finally:
        await other.services.monitoring.close()
        other.database.close()
    assert sum(saved) == 13
    assert sorted(one.seq or 0 for one in here.events) == list(range(1, 14))


# --- incidents ---


async def test_given_a_page_that_is_left_then_the_incident_is_in_the_database_before_it_is_told(
    here: Seat, news: Subscription, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[tuple[str, str, float | None]] = []

    def look(item: News) -> None:
        if isinstance(item, IncidentNews):
            (row,) = here.world.rows(Incident)
            found.append((item.phase.value, row.event_type, here.at(row.closed_at)))

    monkeypatch.setattr(news, "put", look)
    await here.tell("hidden")
    here.world.clock.advance(4)
    await here.tell("visible")
    assert found == [("opened", "tab_switch", None), ("closed", "tab_switch", 4.0)]
    assert here.incidents == [("tab_switch", 0.0, 4.0)]


async def test_given_a_blur_that_nothing_follows_then_it_opens_by_itself(here: Seat) -> None:
    await here.tell("blur")
    assert here.incidents == []
    here.world.clock.advance(1.5)
    await eventually(lambda: here.incidents == [("window_blur", 0.0, None)])
    here.world.clock.advance(1.5)
    await here.tell("focus")
    assert here.incidents == [("window_blur", 0.0, 3.0)]


async def test_given_an_open_episode_when_the_attempt_ends_then_it_ends_too(here: Seat) -> None:
    await here.tell("hidden")
    here.world.clock.advance(3)
    await here.world.services.sessions.stop(here.who.actor, here.who.id)
    assert here.incidents == [("tab_switch", 0.0, 3.0)]


@pytest.mark.parametrize("level", [Level.NONE, Level.BROWSER])
async def test_given_a_crash_then_a_sign_of_the_page_lets_the_attempt_go_on(
    monitored: World, level: Level
) -> None:
    before = await seat(monitored, content(level=level))
    again = build(monitored.settings.data_dir, monitored.settings.database_url)
    again.clock.now = monitored.clock.now
    there = Seat(again, before.who, before.attempt_id, before.began)
    await again.services.monitoring.start()
    try:
        assert there.row.status == "interrupted"
        await again.services.browser_signals.beat(before.who.actor, before.attempt_id)
        assert there.row.status == "running"
    finally:
        await again.services.monitoring.close()
        again.database.close()


async def test_given_a_crash_then_what_was_open_ends_and_goes_on_afterwards(here: Seat) -> None:
    await here.tell("hidden")
    here.world.clock.advance(2)
    again = build(here.world.settings.data_dir, here.world.settings.database_url)
    again.clock.now = here.world.clock.now
    there = Seat(again, here.who, here.attempt_id, here.began)
    await again.services.monitoring.start()
    try:
        assert there.row.status == "interrupted"
        assert await there.tell("visible", "paste") == 2
        assert there.row.status == "running"
        kinds = [(kind, end is not None) for kind, _, end in there.incidents]
        assert kinds == [("tab_switch", True), ("clipboard", True)]
    finally:
        await again.services.monitoring.close()
        again.database.close()


async def test_given_late_claims_then_they_are_an_incident_when_they_came(here: Seat) -> None:
    early = here.began - timedelta(seconds=90)
    await here.tell(
        Claim("hidden", early, 1, is_late=True),
        Claim("visible", early + timedelta(seconds=10), 2, is_late=True),
    )
    assert here.incidents == [("tab_switch", 0.0, 0.0)]
    (row,) = here.world.rows(Incident)
    assert row.detail == "sent late, 10 s by the browser's clock"


async def test_given_an_ignored_signal_then_it_is_kept_and_no_incident(here: Seat) -> None:
    assert await here.tell("context_menu", "camera") == 2
    assert here.incidents == []
    assert len(here.events) == 2


async def test_given_an_exam_that_watches_nothing_then_nothing_is_kept(monitored: World) -> None:
    there = await seat(monitored, content(level=Level.NONE))
    assert await there.tell("hidden") == 0
    monitored.clock.advance(200)
    await asyncio.sleep(8 * TICK_S)
    assert (there.events, there.incidents, there.row.status) == ([], [], "running")


async def test_given_a_detector_switched_off_then_its_signals_make_no_incident(
    monitored: World,
) -> None:
    off = {EventType.CLIPBOARD: RuleChange(is_on=False)}
    there = await seat(monitored, content(rules=off))
    assert await there.tell("paste", "print") == 2
    assert [kind for kind, _, _ in there.incidents] == ["print"]


# --- what the exam does beside them ---


async def test_given_a_warning_is_asked_for_then_the_candidate_is_told_and_it_is_kept(
    here: Seat, news: Subscription
) -> None:
    await here.tell("hidden")
    (message,) = here.world.rows(Message)
    assert (message.kind, message.author_id, message.attempt_id) == (
        "warning",
        "",
        here.attempt_id,
    )
    said = [one for one in await news.wait(1) if isinstance(one, MessageNews)]
    assert [(one.action, one.text) for one in said] == [("warning", message.text)]


async def test_given_a_pause_is_asked_for_then_the_attempt_pauses_and_only_staff_lift_it(
    monitored: World, news: Subscription
) -> None:
    there = await seat(monitored, content({K.HIDDEN: Policy.PAUSE}))
    assert await there.tell("hidden") == 1
    assert (there.row.status, there.row.paused_by) == ("paused", "installation")
    assert [one.action for one in await news.wait(1) if isinstance(one, MessageNews)] == ["pause"]
    assert there.incidents == [("tab_switch", 0.0, 0.0)]
    with pytest.raises(NotAllowed):
        await monitored.services.sessions.resume(there.who.actor, there.who.id)

    assert await there.tell("visible", "paste") == 2  # kept, and no incident
    assert len(there.incidents) == 1


async def test_given_a_flood_of_notes_then_a_pause_that_is_asked_for_comes_all_the_same(
    monitored: World,
) -> None:
    there = await seat(monitored, content({K.HIDDEN: Policy.PAUSE}))
    await there.tell(*(f"note {number}" for number in range(40)))
    assert len(there.incidents) == 30

    await there.tell("hidden")

    assert there.row.status == "paused"
    assert there.incidents[30:] == [("tab_switch", 0.0, 0.0)]


async def test_given_an_attempt_that_pauses_while_a_batch_waits_then_it_is_kept_without_incident(
    here: Seat,
) -> None:
    await here.tell("second_screen")
    live = here.world.services.monitoring.live(here.attempt_id)
    assert live is not None
    async with live.lock:
        waiting = asyncio.create_task(here.tell("hidden", "paste"))
        await asyncio.sleep(0.05)
        attempts = here.world.services.sessions._attempts
        await asyncio.to_thread(attempts.pause, here.attempt_id, "staff", "Please wait.")
        pausing = asyncio.create_task(here.world.services.monitoring.finish(here.attempt_id))
        await asyncio.sleep(0.05)
    assert await waiting == 2
    await pausing
    assert here.incidents == [("second_screen", 0.0, 0.0)]


# --- who, when, how much ---


async def test_given_somebody_elses_attempt_then_it_is_refused(here: Seat) -> None:
    other = here.world.person()
    take = here.world.services.browser_signals.take
    with pytest.raises(NotAllowed):
        await take(other.actor, here.attempt_id, [Claim("hidden")], "page")
    with pytest.raises(NotFound):
        await take(other.actor, "no such attempt", [Claim("hidden")], "page")
    assert here.events == []


async def test_given_a_tab_that_was_replaced_then_it_is_told_so(here: Seat) -> None:
    hold = here.world.services.sitting.hold
    await hold(here.who.actor, here.attempt_id, "tab-1", other_is_open=False)
    with pytest.raises(Conflict, match="sat_elsewhere"):
        await here.tell("hidden", holder="tab-2")
    assert await here.tell("hidden", holder="tab-1") == 1


async def test_given_an_attempt_that_ended_then_only_late_claims_are_kept_and_for_a_while(
    here: Seat,
) -> None:
    await here.world.services.sessions.stop(here.who.actor, here.who.id)
    here.world.clock.advance(30)
    with pytest.raises(Conflict, match="attempt_ended"):
        await here.tell("hidden")
    assert await here.tell(Claim("paste", seq=1, is_late=True), Claim("print", seq=2)) == 1
    here.world.clock.advance(31)
    with pytest.raises(Conflict, match="attempt_ended"):
        await here.tell(Claim("paste", seq=3, is_late=True))
    assert here.incidents == []


async def test_given_an_attempt_that_does_not_run_yet_then_it_is_refused(monitored: World) -> None:
    who, exam = monitored.person(), publish(monitored, content())
    attempt = await monitored.services.sitting.join(who.actor, exam.code)
    with pytest.raises(Conflict, match="attempt_not_running"):
        await monitored.services.browser_signals.take(who.actor, attempt.id, [Claim("x")], "page")


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([Claim("copy")] * (MAX_CLAIMS + 1), "too_many_events"),
        ([Claim("copy", seq=-1)], "seq_invalid"),
        ([Claim("copy", seq=2**60)], "seq_invalid"),
        ([Claim("copy", datetime(9999, 1, 1, tzinfo=UTC))], "timestamp_invalid"),
    ],
)
async def test_given_too_much_or_nonsense_then_it_is_refused_whole(
    here: Seat, claims: Sequence[Claim], code: str
) -> None:
    with pytest.raises(Invalid, match=code):
        await here.tell(*claims)
    assert here.events == []


async def test_given_long_texts_then_they_are_cut(here: Seat) -> None:
    nasty = "\x00\ud83d\n " + "a" * 5000
    await here.tell(Claim(nasty, detail={"k" * 500: "v" * 5000, "n": float("nan"), "\ud83d": "é"}))
    (row,) = here.events
    assert row.text == "a" * 120
    assert len(row.detail) <= 600
    assert json.loads(row.detail)["n"] is None


async def test_given_a_flood_then_it_is_throttled(here: Seat) -> None:
    for _ in range(300):
        await here.tell()
    with pytest.raises(Throttled):
        await here.tell()


# --- signs of life ---


async def test_given_a_page_that_falls_silent_then_it_is_a_gap_until_it_is_there_again(
    here: Seat,
) -> None:
    for _ in range(3):
        here.world.clock.advance(4)
        await here.tell()
    assert here.incidents == []
    here.world.clock.advance(5.5)
    await eventually(lambda: here.incidents == [("monitoring_gap", 12.0, None)])
    here.world.clock.advance(1.5)
    await here.tell("copy")
    assert here.incidents[0] == ("monitoring_gap", 12.0, 19.0)
    await eventually(lambda: here.at(here.row.last_seen_at) == 19.0)


async def test_given_silence_for_a_minute_then_the_attempt_is_interrupted_until_a_sign(
    here: Seat,
) -> None:
    here.world.clock.advance(61)
    await eventually(lambda: here.row.status == AttemptStatus.INTERRUPTED.value)
    await here.world.services.browser_signals.beat(here.who.actor, here.attempt_id)
    assert here.row.status == AttemptStatus.RUNNING.value


async def test_given_a_sign_of_life_then_nothing_is_written_and_another_tab_is_told_so(
    here: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await here.world.services.sitting.hold(
        here.who.actor, here.attempt_id, "this-tab", other_is_open=False
    )
    await here.tell("copy", holder="this-tab")

    def no_write(_database: Database) -> AbstractContextManager[Session]:
        raise AssertionError("a sign of life wrote something")

    keep = here.world.services.browser_signals.keep
    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", no_write)
        kept = await keep(here.who.actor, here.attempt_id, (), "page", "this-tab")
        with pytest.raises(Conflict) as refused:
            await keep(here.who.actor, here.attempt_id, (), "page", "that-tab")

    assert (kept.saved, refused.value.code) == (0, "sat_elsewhere")
    await here.world.services.sitting.submit(here.who.actor, here.attempt_id)
    with pytest.raises(Conflict) as refused:
        await keep(here.who.actor, here.attempt_id, (), "page", "this-tab")
    assert refused.value.code == "attempt_ended"


async def test_given_an_exam_with_a_camera_then_signs_of_the_page_fill_no_gap(
    monitored: World,
) -> None:
    there = await seat(monitored, content(level=Level.CAMERA))
    for _ in range(3):
        monitored.clock.advance(2)
        await there.tell()
    await eventually(lambda: there.incidents == [("monitoring_gap", 0.0, None)])
    await monitored.services.monitoring.ingest(there.who.actor, there.attempt_id, jpeg())
    assert there.incidents == [("monitoring_gap", 0.0, 6.0)]


async def test_given_an_exam_without_a_camera_then_a_picture_is_refused(here: Seat) -> None:
    with pytest.raises(Conflict, match="camera_not_used"):
        await here.world.services.monitoring.ingest(here.who.actor, here.attempt_id, jpeg())
    assert here.world.engine.looked_at == []


# --- when the database fails ---


class Cut:
    """The database takes a transaction of signals, and its answer is lost."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.on = False
        real = BrowserSignals._write

        def write(signals: BrowserSignals, *what: object) -> object:
            written = real(signals, *what)  # type: ignore[arg-type]
            if self.on:
                raise DatabaseUnavailable
            return written

        monkeypatch.setattr(BrowserSignals, "_write", write)


async def test_given_a_commit_whose_answer_is_lost_then_the_batch_again_changes_nothing(
    here: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = Cut(monkeypatch)
    batch = numbered("hidden", "paste")
    cut.on = True
    with pytest.raises(DatabaseUnavailable):
        await here.tell(*batch)
    cut.on = False
    here.world.clock.advance(2)
    assert await here.tell(*batch) == 0
    assert [kind for kind, _, _ in here.incidents] == ["tab_switch", "clipboard"]
    assert all(end is not None for _, _, end in here.incidents)  # nobody knew of it any more


async def test_given_a_database_that_is_away_then_nothing_is_kept_until_it_is_back(
    here: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_database: Database) -> AbstractContextManager[Session]:
        raise DatabaseUnavailable

    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", away)
        with pytest.raises(DatabaseUnavailable):
            await here.tell(Claim("hidden", seq=1))
    assert (here.events, here.incidents) == ([], [])
    assert await here.tell(Claim("hidden", seq=1)) == 1
    assert here.incidents == [("tab_switch", 0.0, None)]


async def test_given_nobody_waits_for_the_answer_any_more_then_it_is_remembered_all_the_same(
    here: Seat,
) -> None:
    task = asyncio.create_task(here.tell("hidden"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await eventually(lambda: here.incidents == [("tab_switch", 0.0, None)])
    here.world.clock.advance(2)
    await here.tell("visible")
    assert here.incidents == [("tab_switch", 0.0, 2.0)]
