"""The proctor's live wall: who needs attention first, of those that are theirs to watch."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.wall import Wall as WallRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.exam import Access
from proctor_app.domain.incident import Severity
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import allow_on_exam, watcher
from proctor_app.services.attention import Attention
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.live import LiveStatus
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.sharing import Sharing
from proctor_app.services.wall_feed import FeedItem, grouped
from proctor_app.services.wall_snapshot import Note, Seat, Snapshot, WallReader

EVERY_S = 0.25
"""The database is asked so often at most, however many watch and whatever happens."""
_RECENT_S = 1.0
_COUNTED_EVERY = timedelta(seconds=2)
SILENT_S = 10.0
"""A page without a camera that gave no sign for so long may have lost its network."""
MOST_TILES = 100
MAX_TEXT = 100
_MORE_ALERTS = 8
StateFilter = Literal["", "attention", "running", "paused", "interrupted"]
FREE = "free"
"""Of the exams: sessions without one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a proctor wants to see; "" and 0 want everything. held: attempts that keep their places,
    because somebody points at them; whoever of the page is left out so and has an alert is shown
    beyond its size, a few at most."""

    exam_id: str = ""
    severity: Severity | None = None
    state: StateFilter = ""
    text: str = ""
    size: int = MOST_TILES
    page: int = 1
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WallRow:
    """A tile. live: what this process knows of the stream. has_camera: None where nothing is known.
    is_silent: a page without a camera gave no sign for a while. looking: who looks at it now."""

    seat: Seat
    live: LiveStatus
    has_camera: bool | None
    is_silent: bool
    looking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WallCounts:
    """Of all that a proctor watches: candidates who sit, open incidents but for connection and
    camera, candidates cut off."""

    running: int = 0
    notices: int = 0
    alerts: int = 0
    interrupted: int = 0


@dataclass(frozen=True, slots=True)
class WallView:
    """rows: one page of what is wanted, by urgency but for those that are held. found: how many
    there are on all pages. exams: those sat now, ids and titles. looking: see Attention.all."""

    taken_at: datetime
    rows: tuple[WallRow, ...]
    found: int
    page: int
    pages: int
    counts: WallCounts
    exams: tuple[tuple[str, str], ...]
    feed: tuple[FeedItem, ...]
    looking: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Attendance:
    """People of one exam. expected: None where whoever has the code may sit it."""

    begun: int
    checking_in: int
    expected: int | None


@dataclass(frozen=True, slots=True)
class Counts:
    running: int
    interrupted: int
    finished: int
    watchers: int


class Wall:
    def __init__(
        self,
        database: Database,
        reader: WallReader,
        monitoring: Monitoring,
        attention: Attention,
        broadcast: Broadcast,
        clock: Clock,
    ) -> None:
        self._database = database
        self._monitoring = monitoring
        self._attention = attention
        self._broadcast = broadcast
        self._clock = clock
        self._attended: dict[str, tuple[datetime, Attendance]] = {}
        self._shared: Sharing[Snapshot] = Sharing(lambda: asyncio.to_thread(reader.read), EVERY_S)

    async def snapshot(
        self, actor: Actor, wanted: Wanted = Wanted(), *, at_once: bool = False
    ) -> WallView:
        """What the actor may watch of it. at_once: a second old will do.

        Raises NotAllowed, DatabaseUnavailable.
        """
        allow(actor, Action.WATCH)
        shared = self._shared
        found = await (shared.recent(_RECENT_S) if at_once else shared.fresh())
        return self._view(found, actor, wanted)

    async def allow_exam(self, actor: Actor, exam_id: str) -> None:
        """Return if the actor may watch this exam. Raises NotFound, NotAllowed."""
        allow(actor, Action.WATCH)
        if exam_id and exam_id != FREE:
            await asyncio.to_thread(self._allow_exam, actor, exam_id)

    async def attendance(self, actor: Actor, exam_id: str) -> Attendance:
        """How many have begun, counted at most every few seconds. Raises NotFound, NotAllowed."""
        allow(actor, Action.WATCH)
        return await asyncio.to_thread(self._attendance, actor, exam_id)

    async def counts(self, actor: Actor) -> Counts:
        """Raises NotAllowed for anybody but an admin."""
        allow(actor, Action.ADMINISTER)
        by_status = await asyncio.to_thread(self._count)
        running = by_status.get(AttemptStatus.RUNNING, 0)
        interrupted = by_status.get(AttemptStatus.INTERRUPTED, 0)
        finished = sum(count for status, count in by_status.items() if status not in OPEN)
        return Counts(running, interrupted, finished, self._broadcast.watchers)

    def _count(self) -> dict[str, int]:
        with self._database.read() as session:
            return AttemptRows(session).count_by_status()

    def _attendance(self, actor: Actor, exam_id: str) -> Attendance:
        with self._database.read() as session:
            exam = allow_on_exam(session, actor, exam_id)
            now, known = self._clock(), self._attended.get(exam_id)
            if known is not None and now - known[0] < _COUNTED_EVERY:
                return known[1]
            begun, checking_in, listed = WallRows(session).attendance(exam_id)
        found = Attendance(begun, checking_in, listed if exam.access == Access.ROSTER else None)
        self._attended = {
            key: one for key, one in self._attended.items() if now - one[0] < _COUNTED_EVERY
        } | {exam_id: (now, found)}
        return found

    def _allow_exam(self, actor: Actor, exam_id: str) -> None:
        with self._database.read() as session:
            allow_on_exam(session, actor, exam_id)

    def _view(self, found: Snapshot, actor: Actor, wanted: Wanted) -> WallView:
        mine = [seat for seat in found.seats if _may_see(found, actor, seat)]
        matching = [seat for seat in mine if _matches(seat, wanted)]
        size = min(max(1, wanted.size), MOST_TILES)
        pages = max(1, -(-len(matching) // size))
        page = min(max(1, wanted.page), pages)
        looking = self._attention.all()
        feed = (
            note
            for note in found.notes
            if _may_see(found, actor, note)
            and _is_of(note.exam_id, wanted.exam_id)
            and wanted.severity in (None, note.rank)
        )
        now = self._clock()
        shown = _placed(mine, matching[(page - 1) * size : page * size], wanted.held, size)
        return WallView(
            taken_at=found.taken_at,
            rows=tuple(self._row(seat, looking.get(seat.attempt_id, ()), now) for seat in shown),
            found=len(matching),
            page=page,
            pages=pages,
            counts=_counted(mine),
            exams=_exams(mine),
            feed=grouped(feed),
            looking=looking,
        )

    def _row(self, seat: Seat, looking: tuple[str, ...], now: datetime) -> WallRow:
        live = self._monitoring.live(seat.attempt_id)
        if live is None:
            return WallRow(seat, LiveStatus(), None, False, looking)
        awaited_since = max(live.seen_at or live.awaited_since, live.awaited_since)
        silent_s = (now - awaited_since).total_seconds()
        is_silent = not live.has_camera and silent_s > SILENT_S
        return WallRow(seat, live.status, live.has_camera, is_silent, looking)


def _may_see(found: Snapshot, actor: Actor, one: Seat | Note) -> bool:
    """Nobody watches what they sit themselves."""
    return one.user_id != actor.user_id and found.is_watched(one.exam_id, watcher(actor))


def _placed(
    mine: Sequence[Seat], page: Sequence[Seat], held: Sequence[str], size: int
) -> list[Seat]:
    """Those that are held in their places, then the others of the page as far as there is room, and
    of the rest those with an alert: a full page must not hide it."""
    if not held:
        return list(page)
    known = {seat.attempt_id: seat for seat in mine}
    most = size + _MORE_ALERTS
    kept = [known[attempt_id] for attempt_id in held if attempt_id in known][:most]
    shown = {seat.attempt_id for seat in kept}
    others = [seat for seat in page if seat.attempt_id not in shown]
    room = max(0, size - len(kept))
    alerting = [seat for seat in others[room:] if seat.severity is Severity.ALERT]
    return [*kept, *others[:room], *alerting][:most]


def _matches(seat: Seat, wanted: Wanted) -> bool:
    if not _is_of(seat.exam_id, wanted.exam_id):
        return False
    if wanted.severity and wanted.severity not in seat.ranks:
        return False
    if wanted.state == "attention" and not seat.ranks:
        return False
    if wanted.state not in ("", "attention") and seat.status != wanted.state:
        return False
    text = wanted.text.strip().casefold()
    return text in seat.candidate.casefold()


def _is_of(exam_id: str | None, wanted: str) -> bool:
    return not wanted or (exam_id is None if wanted == FREE else exam_id == wanted)


def _counted(seats: Sequence[Seat]) -> WallCounts:
    ranks = [note.rank for seat in seats for note in seat.open_incidents]
    return WallCounts(
        running=sum(seat.status is AttemptStatus.RUNNING for seat in seats),
        notices=ranks.count(Severity.NOTICE),
        alerts=ranks.count(Severity.ALERT),
        interrupted=sum(seat.status is AttemptStatus.INTERRUPTED for seat in seats),
    )


def _exams(seats: Sequence[Seat]) -> tuple[tuple[str, str], ...]:
    found = {seat.exam_id: seat.exam for seat in seats if seat.exam_id}
    named = sorted(found.items(), key=lambda one: (one[1].casefold(), one[0]))
    has_free = any(seat.exam_id is None for seat in seats)
    return (*named, *([(FREE, "Free sessions")] if has_free else []))
