"""What the rules saw of an attempt, as it is drawn: live, and years later."""

import asyncio
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from proctor_app.clock import Clock, from_epoch_s
from proctor_app.db.repositories.traces import SignalTraces
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.incident import EventType
from proctor_app.services.attempt_access import allow_on_id, not_ones_own
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.scores import SLOT_S
from proctor_app.services.trace_pages import UNKNOWN, Page, PageDamaged, decode, score_of

MAX_POINTS = 5000
_NONE = -1
_KINDS = tuple(EventType)
_Row = npt.NDArray[np.int16]
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trace:
    """scores: of each rule that ever judged, its highest in each step, 0 to 1, None where it is
    unknown. frames: how many were looked at in a second of that step, 0 where they were awaited in
    vain, None where none was expected. All are of one length and begin at ``start``."""

    start: datetime
    step_s: float
    scores: Mapping[EventType, tuple[float | None, ...]]
    frames: tuple[int | None, ...]


class Traces:
    def __init__(self, database: Database, monitoring: Monitoring, clock: Clock) -> None:
        self._database = database
        self._monitoring = monitoring
        self._clock = clock

    async def of(self, actor: Actor, attempt_id: str, max_points: int = 600) -> Trace:
        """The attempt from its start to its end, or to now, in at most so many steps of whole
        seconds. For staff of its exam but whoever sits it. Raises NotFound, NotAllowed.
        """
        live = self._monitoring.live(attempt_id)
        known = {slot: page.copy() for slot, page in live.trace.pages.items()} if live else {}
        return await asyncio.to_thread(self._of, actor, attempt_id, max_points, known)

    def _of(self, actor: Actor, attempt_id: str, max_points: int, known: dict[int, Page]) -> Trace:
        with self._database.read() as session:
            attempt = allow_on_id(session, actor, Action.READ_EVIDENCE, attempt_id)
            not_ones_own(actor, attempt)
            stored = SignalTraces(session).of(attempt_id)
        for row in stored:
            try:
                page = decode(row.data)
            except PageDamaged:
                log.warning("trace.damaged attempt_id=%s slot=%d", attempt_id, row.slot)
                continue
            known.setdefault(row.slot, Page()).merge(page)
        start = (attempt.started_at or attempt.created_at).replace(microsecond=0)
        end = attempt.ended_at or (self._clock() if attempt.started_at else start)
        return drawn(known, start, end, max_points)


def drawn(pages: Mapping[int, Page], start: datetime, end: datetime, max_points: int) -> Trace:
    """The pages from start to end, in at most so many steps; what no page tells of is unknown."""
    begin_s = int(start.timestamp())
    total_s = max(0, math.ceil(end.timestamp()) - begin_s)
    step_s = max(1, math.ceil(total_s / min(max(1, max_points), MAX_POINTS)))
    steps = math.ceil(total_s / step_s)
    named = {name for page in pages.values() for name in page.scores}
    scores: dict[EventType, tuple[float | None, ...]] = {}
    for kind in _KINDS:
        if kind in named:
            rows = {slot: page.scores[kind] for slot, page in pages.items() if kind in page.scores}
            row = _row(rows, begin_s, steps, step_s).max(axis=1, initial=_NONE)
            if (row != _NONE).any():
                scores[kind] = tuple(score_of(_byte(value)) for value in row.tolist())
    rows = {slot: page.frames for slot, page in pages.items()}
    frames = _frames(_row(rows, begin_s, steps, step_s))
    return Trace(from_epoch_s(begin_s), float(step_s), scores, frames)


def _row(rows: Mapping[int, bytearray], begin_s: int, steps: int, step_s: int) -> _Row:
    """One value a second, a line of them for each step."""
    length = steps * step_s
    found = np.full(length, _NONE, np.int16)
    for slot, row in rows.items():
        at = slot * SLOT_S - begin_s
        first, last = max(0, -at), min(SLOT_S, length - at)
        if first < last:
            values = np.frombuffer(row, np.uint8)[first:last].astype(np.int16)
            found[at + first : at + last] = np.where(values == UNKNOWN, _NONE, values)
    return found.reshape(steps, step_s)


def _frames(seconds: _Row) -> tuple[int | None, ...]:
    """How many frames a second each step had, over those of its seconds that are known; a step
    with any frame has at least one."""
    known = seconds != _NONE
    counts, sums = known.sum(axis=1).tolist(), np.where(known, seconds, 0).sum(axis=1).tolist()
    return tuple(
        None if not count else max(min(total, 1), round(total / count))
        for count, total in zip(counts, sums, strict=True)
    )


def _byte(value: int) -> int:
    return UNKNOWN if value == _NONE else value
