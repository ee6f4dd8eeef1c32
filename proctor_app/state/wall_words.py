"""The wall in words: small frozen records for the tiles and the feed.

Times are the server's, in milliseconds since 1970; the page counts on from them by itself, so that
nothing is sent again because a second went by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity
from proctor_app.services.live import LiveStatus
from proctor_app.services.wall import Attendance, WallRow
from proctor_app.services.wall_feed import FeedItem
from proctor_app.services.wall_snapshot import Note, Seat
from proctor_app.state import shown
from proctor_app.state.shown import Chip

_MOST_CHIPS = 3
_OF_PICTURE = frozenset({EventType.FRAME_QUALITY_LOW, EventType.CAMERA_BLOCKED})
_TIMES = {1: "", 2: "second time", 3: "third time"}


@dataclass(frozen=True)
class OpenChip:
    """An incident that stands open, on a tile."""

    kind: str
    text: str
    since_ms: int


@dataclass(frozen=True)
class Tile:
    """progress: "9 of 20", "" without questions; done: its share, 0 to 1. ends_ms: 0 for unknown;
    left_s: while the clock stands still, else -1. about: what the candidate shows, where nothing
    stands open. neutral: connection and camera, which are held against nobody. camera: yes, no, or
    unknown. rank: alert, notice or nothing. apart: open incidents of connection and camera."""

    id: str
    name: str
    exam: str
    state: Chip
    compliance: int
    rank: str
    incidents: list[OpenChip]
    more: int
    apart: list[OpenChip]
    about: Chip
    neutral: list[str]
    progress: str
    done: float
    ends_ms: int
    left_s: int
    camera: str
    unread: int
    looking: list[str]


@dataclass(frozen=True)
class FeedLine:
    """closed_ms: 0 while it is open. again: "third time", "" for the first."""

    id: int
    attempt_id: str
    name: str
    kind: str
    text: str
    opened_ms: int
    closed_ms: int
    again: str
    is_acknowledged: bool
    seen_by: str
    looking: list[str]


def tile(row: WallRow) -> Tile:
    seat = row.seat
    incidents = [_open_chip(note) for note in seat.open_incidents if not note.is_apart]
    return Tile(
        id=seat.attempt_id,
        name=seat.candidate,
        exam=seat.exam or "Free session",
        state=shown.attempt_state(seat.status),
        compliance=round(seat.compliance),
        rank=seat.severity.value if seat.severity else "",
        incidents=incidents[:_MOST_CHIPS],
        more=max(0, len(incidents) - _MOST_CHIPS),
        apart=[_open_chip(note) for note in seat.open_incidents if note.is_apart],
        about=_about(row),
        neutral=_neutral(row),
        progress=f"{seat.answered} of {seat.questions}" if seat.questions else "",
        done=round(min(1.0, seat.answered / seat.questions), 2) if seat.questions else 0.0,
        ends_ms=_ms(seat.ends_at),
        left_s=-1 if seat.left_s is None else round(seat.left_s),
        camera="unknown" if row.has_camera is None else "yes" if row.has_camera else "no",
        unread=seat.unread,
        looking=list(row.looking),
    )


def line(item: FeedItem, looking: Sequence[str]) -> FeedLine:
    note = item.newest
    return FeedLine(
        id=note.id,
        attempt_id=note.attempt_id,
        name=note.candidate,
        kind=_kind(note),
        text=note.event,
        opened_ms=_ms(note.opened_at),
        closed_ms=_ms(note.closed_at),
        again=_TIMES.get(item.times, f"{item.times} times"),
        is_acknowledged=note.is_acknowledged,
        seen_by=note.seen_by,
        looking=list(looking),
    )


def severity(word: str) -> Severity | None:
    """What a filter's word stands for; None for every severity."""
    return next((one for one in Severity if one.value == word), None)


def _about(row: WallRow) -> Chip:
    seat: Seat = row.seat
    if seat.status is not AttemptStatus.RUNNING:
        return shown.attempt_state(seat.status)
    if row.has_camera is False:
        return Chip("none", "No camera in this exam")
    if row.live.problem or row.live.face == "unknown":
        return Chip("unknown", "Can't be judged now")
    return Chip("ok", "Clear")


def _neutral(row: WallRow) -> list[str]:
    live: LiveStatus = row.live
    has_said = any(note.event_type in _OF_PICTURE for note in row.seat.open_incidents)
    found = [shown.seen(live).text] if live.problem and not has_said else []
    if row.is_silent:
        found.append("No sign of the page")
    return found


def _open_chip(note: Note) -> OpenChip:
    return OpenChip(_kind(note), note.event, _ms(note.opened_at))


def _kind(note: Note) -> str:
    return note.rank.value if note.rank else "unknown"


def _ms(at: datetime | None) -> int:
    return round(at.timestamp() * 1000) if at else 0


def begun(found: Attendance) -> str:
    """Of the exam that is chosen."""
    of = "" if found.expected is None else f" of {found.expected}"
    have = "has" if found.begun == 1 and not of else "have"
    coming = f", {found.checking_in} in check-in" if found.checking_in else ""
    return f"{found.begun}{of} {have} begun{coming}"
