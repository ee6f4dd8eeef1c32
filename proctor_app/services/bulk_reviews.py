"""Dismissing all incidents of a rule that was found faulty, and taking that back.

Attempt by attempt, each in a transaction of its own: where the installation stops in the middle,
some attempts are done wholly and the others not at all, and the same again does the rest.
One runs at a time in an exam; a call may stop after so many attempts, and the next one goes on.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.bulk_reviews import BulkMark, Unjudged
from proctor_app.db.repositories.bulk_reviews import BulkReviews as BulkRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.incident import EventType, Verdict
from proctor_app.domain.review import MAX_REASON, ReviewKind
from proctor_app.domain.webhook import Kind
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services import outbox, scores
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.attempt_access import allow_on_exam
from proctor_app.services.audit import Audit
from proctor_app.services.broadcast import Broadcast, ReviewNews
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.judging import hold
from proctor_app.services.messages import cleaned
from proctor_app.services.people import erasure_begun
from proctor_app.services.review_views import BulkDone, PastBulk
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.verdicts import Verdicts

__all__ = ["PER_REQUEST", "BulkDone", "BulkReviews", "PastBulk"]

PER_REQUEST = 200
"""Attempts in one request: some seconds, where thousands would take minutes."""

Progress = Callable[[int, int], None]
_PAST = 50
_ID = 36


@dataclass(frozen=True, slots=True)
class _Job:
    """One go through attempts. do: what is done with one; how many incidents it concerned."""

    exam_id: str
    bulk_id: str
    attempt_ids: Sequence[str]
    do: Callable[[str], int]


class BulkReviews:
    """Lives on the event loop. exam_id: empty for free sessions. Staff of the exam only; their own
    attempts are left to others, and those of people who were erased alone."""

    def __init__(
        self,
        database: Database,
        rules: ExamRules,
        verdicts: Verdicts,
        audit: Audit,
        broadcast: Broadcast,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._database = database
        self._rules = rules
        self._verdicts = verdicts
        self._audit = audit
        self._broadcast = broadcast
        self._throttle = throttle
        self._clock = clock
        self._busy: set[str] = set()

    async def count(
        self, actor: Actor, exam_id: str, event_type: str, since: datetime | None = None
    ) -> int:
        """How many incidents a dismissal would concern. Raises NotFound, NotAllowed, Invalid
        ("event_type_unknown")."""
        return await asyncio.to_thread(self._count, actor, exam_id, event_type, since)

    async def dismiss(
        self,
        actor: Actor,
        exam_id: str,
        event_type: str,
        reason: str,
        progress: Progress | None = None,
        since: datetime | None = None,
        *,
        bulk_id: str = "",
        at_most: int | None = None,
    ) -> BulkDone:
        """Dismiss all incidents of this type that nobody judged.

        progress: told after every attempt how many of how many are done. bulk_id: of the actor's
        own dismissal that goes on, with its reason. at_most: attempts that are done now. Raises as
        ``count``, Throttled, Invalid ("reason_missing", "reason_too_long"), NotFound ("no_bulk"),
        Conflict ("dismissal_running").
        """
        self._throttle.hit(Limit.DISMISSAL, actor.user_id)
        wanted, attempt_ids = await asyncio.to_thread(
            self._wanted, actor, exam_id, event_type, since
        )
        kept = cleaned(reason, "reason", MAX_REASON)
        mark = BulkMark(bulk_id or str(uuid.uuid4()), actor.user_id, kept, self._clock())
        if bulk_id:
            mark = await asyncio.to_thread(self._goes_on, wanted, mark)
        job = _Job(
            exam_id,
            mark.bulk_id,
            attempt_ids,
            lambda attempt_id: self._dismiss(actor, attempt_id, wanted, mark),
        )
        return await self._run(job, progress, at_most)

    async def undo(
        self,
        actor: Actor,
        bulk_id: str,
        progress: Progress | None = None,
        *,
        at_most: int | None = None,
    ) -> BulkDone:
        """Bring back what was dismissed in one go and nobody judged since. Raises NotFound,
        NotAllowed, Throttled, Conflict ("dismissal_running")."""
        self._throttle.hit(Limit.DISMISSAL, actor.user_id)
        exam_id, attempt_ids = await asyncio.to_thread(self._dismissed, actor, bulk_id)
        mark = BulkMark(bulk_id, actor.user_id, "", self._clock())
        job = _Job(
            exam_id, bulk_id, attempt_ids, lambda attempt_id: self._undo(actor, attempt_id, mark)
        )
        return await self._run(job, progress, at_most)

    async def past(self, actor: Actor, exam_id: str) -> tuple[PastBulk, ...]:
        """What was dismissed in one go, the newest first. Raises NotFound, NotAllowed."""
        return await asyncio.to_thread(self._past, actor, exam_id)

    async def _run(self, job: _Job, progress: Progress | None, at_most: int | None) -> BulkDone:
        counts: list[int] = []
        with self._alone(job.exam_id):
            for attempt_id in job.attempt_ids[:at_most]:
                count = await asyncio.to_thread(job.do, attempt_id)
                counts.append(count)
                if count:
                    self._broadcast.publish(ReviewNews(attempt_id))
                if progress is not None:
                    progress(len(counts), len(job.attempt_ids))
        return BulkDone(
            bulk_id=job.bulk_id,
            incidents=sum(counts),
            attempts=sum(1 for count in counts if count),
            remaining=len(job.attempt_ids) - len(counts),
        )

    @contextmanager
    def _alone(self, exam_id: str) -> Iterator[None]:
        """Two at once would go through the same attempts, and each tell half of it."""
        if exam_id in self._busy:
            raise Conflict(
                "dismissal_running", "A dismissal is running in this exam. Wait until it is done."
            )
        self._busy.add(exam_id)
        try:
            yield
        finally:
            self._busy.discard(exam_id)

    def _count(self, actor: Actor, exam_id: str, event_type: str, since: datetime | None) -> int:
        with self._database.read() as session:
            _allow(session, actor, exam_id)
            return BulkRows(session).count(_unjudged(actor, exam_id, event_type, since))

    def _wanted(
        self, actor: Actor, exam_id: str, event_type: str, since: datetime | None
    ) -> tuple[Unjudged, list[str]]:
        with self._database.read() as session:
            _allow(session, actor, exam_id)
            wanted = _unjudged(actor, exam_id, event_type, since)
            return wanted, BulkRows(session).attempts(wanted)

    @again
    def _dismiss(self, actor: Actor, attempt_id: str, wanted: Unjudged, mark: BulkMark) -> int:
        with self._database.write() as session:
            row = _held(session, attempt_id)
            if row is None:
                return 0
            _allow(session, actor, row.exam_id or "")
            count = BulkRows(session).dismiss(row.id, wanted, mark)
            if count:
                self._sum_up(session, row)
                _tell(session, row, mark, ReviewKind.BULK, Verdict.PASSED)
                self._audit.note(
                    session, actor, "incidents.dismissed", "attempt", row.id,
                    bulk=mark.bulk_id, event_type=wanted.event_type, count=count,
                )  # fmt: skip
            return count

    def _goes_on(self, wanted: Unjudged, mark: BulkMark) -> BulkMark:
        """The mark of a dismissal that was begun. Raises NotFound where it is none of these
        incidents, or another person's."""
        with self._database.read() as session:
            found = BulkRows(session).begun(mark.bulk_id) if _is_id(mark.bulk_id) else None
        exam_id = wanted.exam_id or None
        if found is None or found[:3] != (exam_id, wanted.event_type, mark.reviewer_id):
            raise _no_bulk()
        return replace(mark, reason=found[3])

    def _dismissed(self, actor: Actor, bulk_id: str) -> tuple[str, list[str]]:
        allow(actor, Action.WATCH)
        with self._database.read() as session:
            rows = BulkRows(session)
            found = rows.begun(bulk_id) if _is_id(bulk_id) else None
            if found is None:
                raise _no_bulk()
            exam_id = found[0] or ""
            _allow(session, actor, exam_id)
            return exam_id, rows.attempts_of(bulk_id, actor.user_id)

    @again
    def _undo(self, actor: Actor, attempt_id: str, mark: BulkMark) -> int:
        with self._database.write() as session:
            row = _held(session, attempt_id)
            if row is None:
                return 0
            _allow(session, actor, row.exam_id or "")
            count = BulkRows(session).undo(row.id, mark)
            if count:
                self._sum_up(session, row)
                _tell(session, row, mark, ReviewKind.UNDO, Verdict.NOT_REVIEWED)
                self._audit.note(
                    session, actor, "incidents.dismissal_undone", "attempt", row.id,
                    bulk=mark.bulk_id, count=count,
                )  # fmt: skip
            return count

    def _past(self, actor: Actor, exam_id: str) -> tuple[PastBulk, ...]:
        with self._database.read() as session:
            _allow(session, actor, exam_id)
            found = BulkRows(session).past(exam_id, _PAST)
        return tuple(
            PastBulk(
                one.bulk_id, EventType(one.event_type), one.reason, one.reviewer, one.at,
                one.incidents, one.attempts, one.undone,
            )
            for one in found
        )  # fmt: skip

    def _sum_up(self, session: Transaction, row: tables.Attempt) -> None:
        scores.changed_all(session, row, self._rules.weights(session, [row])[row.id])
        self._verdicts.look_at(session, row)


def _held(session: Transaction, attempt_id: str) -> tables.Attempt | None:
    """The attempt with its row locked; None where it is gone, or its candidate is erased."""
    row = hold(session, attempt_id)
    owner = Users(session).by_id(row.user_id) if row else None
    return None if owner is None or erasure_begun(owner) else row


def _tell(
    session: Transaction, row: tables.Attempt, mark: BulkMark, kind: ReviewKind, verdict: Verdict
) -> None:
    if outbox.listeners(session, row, Kind.VERDICT_GIVEN, mark.at):
        ids = BulkRows(session).said_of(row.id, mark, kind)
        outbox.tell_verdicts(session, row, verdict, kind, mark.reviewer_id, mark.at, ids)


def _no_bulk() -> NotFound:
    return NotFound("no_bulk", "Nothing was dismissed under this name.")


def _allow(session: Transaction, actor: Actor, exam_id: str) -> None:
    """Free sessions are every proctor's."""
    allow(actor, Action.WATCH)
    if exam_id:
        allow_on_exam(session, actor, exam_id)


def _unjudged(actor: Actor, exam_id: str, event_type: str, since: datetime | None) -> Unjudged:
    if event_type not in set(EventType):
        raise Invalid("event_type_unknown", "There is no such kind of incident.")
    return Unjudged(exam_id, event_type, since, actor.user_id)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= _ID
