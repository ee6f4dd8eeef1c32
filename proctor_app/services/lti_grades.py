"""Which scores learning platforms are to know, and sending them until they do.

A platform shows a score to whom it is about: so it learns of one only once the exam releases it.
Of several attempts the best counts. What is to be sent stands in the database, so that neither a
restart nor a platform that is away loses a score; a worker claims what it sends. Whether a score
is still released is asked once more right before it is sent.
"""

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.partner_tables import LtiGrade
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.lti_grades import GradeRows, Told
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import NotFound, ProctorError
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.backoff import backoff
from proctor_app.services.lti_launches import Launches
from proctor_app.services.lti_scores import Account, Score, Scores
from proctor_app.services.outgoing import Unreachable
from proctor_app.services.results import released
from proctor_app.services.ticker import Ticker, guarded
from proctor_app.services.versions import Versions

log = logging.getLogger(__name__)

LOOK_EVERY_S, SEND_EVERY_S = 30.0, 10.0
MOST_TRIES = 14
"""About a day in all."""
SHOWN = 100
_LOOKED_AT = 200
_SENT_AT_ONCE, _TO_ONE_PLATFORM = 16, 4
_CLAIMED_FOR = timedelta(minutes=2)
_MAX_ERROR = 200
_NOT_LET_IN = "The learning platform is not let in any more."
_NOT_KNOWN = "The learning platform does not know this account any more."
_FORGET_EVERY = 20


@dataclass(frozen=True, slots=True)
class GradeView:
    """state: none (no score to send yet), waiting, sent, or failed (given up)."""

    id: int
    platform: str
    exam: str
    place: str
    person: str
    points: float | None
    max_points: float | None
    state: str
    tries: int
    error: str
    due_at: datetime | None
    sent_at: datetime | None


class Grades:
    """Lives on one event loop; what asks the database runs in threads."""

    def __init__(
        self,
        database: Database,
        versions: Versions,
        scores: Scores,
        launches: Launches,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._versions = versions
        self._scores = scores
        self._launches = launches
        self._audit = audit
        self._clock = clock
        self._after = 0
        self._is_closing = False
        self._looking, self._sending = Ticker(self._look_turn), Ticker(self._send_turn)

    def start(self) -> None:
        self._looking.start(LOOK_EVERY_S)
        self._sending.start(SEND_EVERY_S)

    async def close(self) -> None:
        """What is on its way arrives; nothing more is sent."""
        self._is_closing = True
        await self._looking.stop()
        await self._sending.stop()

    def latest(self, actor: Actor) -> tuple[GradeView, ...]:
        """The scores that changed last, at most SHOWN. Raises NotAllowed."""
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            found = GradeRows(session).latest(SHOWN)
        return tuple(_view(one) for one in found)

    def send_again(self, actor: Actor, grade_id: int) -> None:
        """Send a score anew, whether it was given up or the platform lost it. Raises NotAllowed,
        NotFound ("no_grade": unknown, or there is no score that is released)."""
        allow(actor, Action.ADMINISTER)
        now = self._clock()
        with self._database.write() as session:
            rows = GradeRows(session)
            row, exam_id = rows.locked(grade_id), rows.exam_of(grade_id)
            best = self._best(session, exam_id, row.user_id, now) if row and exam_id else None
            if row is None or best is None:
                raise NotFound("no_grade", "There is no such score to send.")
            _take(row, best, now)
            row.due_at, row.sent = now, ""
            self._audit.note(session, actor, "lti.score_resent", "lti_grade", str(grade_id))

    async def look(self) -> int:
        """Find scores that platforms do not know yet; how many there were. A part of them each
        time, from where it was left."""
        return await asyncio.to_thread(self._look)

    async def send_due(self) -> None:
        """Send what is due now, a few to each platform at once: one that is slow holds up nobody
        else, and one that can't be reached is left alone until the next time."""
        under_way: dict[asyncio.Task[None], str] = {}
        away: set[str] = set()
        while True:
            busy = Counter(under_way.values())
            for grade_id, platform_id in await asyncio.to_thread(self._claimed, busy, away):
                step = guarded(self._send(grade_id, platform_id, away))
                under_way[asyncio.create_task(step)] = platform_id
            if not under_way:
                return
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                del under_way[task]

    async def _look_turn(self, number: int) -> None:
        await guarded(asyncio.to_thread(self._found))
        if number % _FORGET_EVERY == 1:
            await guarded(asyncio.to_thread(self._launches.forget_old))

    async def _send_turn(self, _number: int) -> None:
        await guarded(self.send_due())

    def _found(self) -> None:
        self._look()

    def _look(self) -> int:
        now, found = self._clock(), 0
        with self._database.read() as session:
            behind = GradeRows(session).behind(self._after, _LOOKED_AT, now)
            ready = [
                (grade.id, best)
                for grade, exam_id in behind
                if (best := self._best(session, exam_id, grade.user_id, now)) is not None
                and (best.points, best.max_points) != (grade.points, grade.max_points)
            ]
        self._after = (behind[-1][0].id or 0) if len(behind) == _LOOKED_AT else 0
        for grade_id, best in ready:
            with self._database.write() as session:
                row = GradeRows(session).locked(grade_id or 0)
                if row is None or (best.points, best.max_points) == (row.points, row.max_points):
                    continue
                _take(row, best, now)
                row.due_at = None if row.sent == _as_sent(row) else now
                found += 1
        return found

    def _best(
        self, session: Transaction, exam_id: str, user_id: str, now: datetime
    ) -> tables.Attempt | None:
        """The attempt with the largest share of its points, of those whose results the candidate
        may see; the first of equals."""
        rows = ExamRows(session)
        exam = rows.by_id(exam_id)
        marked = [
            one
            for one in rows.attempts_of(exam_id, user_id)
            if one.points is not None
            and (one.max_points or 0) > 0
            and released(session, self._versions, exam, one, now)
        ]
        return max(marked, key=_share, default=None)

    def _claimed(self, busy: Counter[str], away: set[str]) -> list[tuple[int, str]]:
        """What is this worker's to send now, and to which platform. busy: how much is on its way to
        each."""
        now, taken = self._clock(), list[tuple[int, str]]()
        is_more = not self._is_closing
        with self._database.write() as session:
            rows = GradeRows(session)
            while is_more and (free := _SENT_AT_ONCE - busy.total()) > 0:
                full = {one for one, count in busy.items() if count >= _TO_ONE_PLATFORM} | away
                is_more = False
                for grade_id, platform_id in rows.due(now, free, full):
                    if busy[platform_id] >= _TO_ONE_PLATFORM:
                        continue
                    if rows.claim(grade_id, now, now + _CLAIMED_FOR):
                        busy[platform_id] += 1
                        taken.append((grade_id, platform_id))
                        is_more = True
        return taken

    async def _send(self, grade_id: int, platform_id: str, away: set[str]) -> None:
        prepared = await asyncio.to_thread(self._prepared, grade_id)
        if prepared is None:
            return
        problem = ""
        try:
            await self._scores.send(*prepared)
        except ProctorError as error:
            problem = error.detail
            if isinstance(error, Unreachable):
                away.add(platform_id)
            log.warning("lti.score_not_sent grade_id=%s code=%s", grade_id, error.code)
        await asyncio.to_thread(self._note, grade_id, _said(prepared[1]), problem)

    def _prepared(self, grade_id: int) -> tuple[Account, Score] | None:
        """What goes to the platform: the score that is released at this moment. None, and it is
        noted why, where there is nothing to send any more."""
        now = self._clock()
        with self._database.write() as session:
            rows = GradeRows(session)
            row, found = rows.locked(grade_id), rows.parts(grade_id)
            if row is None:  # the person was erased meanwhile
                return None
            if found is None or found[1].disabled_at is not None:
                row.claimed_until, row.due_at, row.updated_at = None, None, now
                row.error = _NOT_KNOWN if found is None else _NOT_LET_IN
                return None
            link, platform, subject = found
            best = self._best(session, link.exam_id, row.user_id, now)
            if best is None or best.points is None or not best.max_points:
                _withdraw(row, now)
                return None
            if (best.points, best.max_points) != (row.points, row.max_points):
                _take(row, best, now)
            score = Score(link.line_item, subject, best.points, best.max_points, now)
        audience = platform.token_audience or platform.token_url
        return Account(platform.id, platform.client_id, platform.token_url, audience), score

    def _note(self, grade_id: int, said: str, problem: str) -> None:
        """How it went. What changed while it was on its way is sent in its turn."""
        now = self._clock()
        with self._database.write() as session:
            row = GradeRows(session).locked(grade_id)
            if row is None:  # the person was erased meanwhile
                return
            row.claimed_until, row.updated_at = None, now
            row.error = problem[:_MAX_ERROR]
            if not problem:
                row.sent, row.sent_at, row.tries = said, now, 0
                row.due_at = None if said == _as_sent(row) else now
                return
            row.tries += 1
            row.due_at = None if row.tries >= MOST_TRIES else now + backoff(row.tries)


def _share(attempt: tables.Attempt) -> float:
    return (attempt.points or 0.0) / (attempt.max_points or 1.0)


def _take(row: LtiGrade, best: tables.Attempt, now: datetime) -> None:
    row.points, row.max_points, row.attempt_id = best.points, best.max_points, best.id
    row.tries, row.error, row.updated_at = 0, "", now


def _withdraw(row: LtiGrade, now: datetime) -> None:
    """No score is released any more; what the platform knows already stays there."""
    row.points = row.max_points = row.attempt_id = row.due_at = row.claimed_until = None
    row.tries, row.error, row.updated_at = 0, "", now


def _as_sent(row: LtiGrade) -> str:
    if row.points is None:
        return ""
    return f"{row.points:.6f}/{row.max_points:.6f}"


def _said(score: Score) -> str:
    return f"{score.points:.6f}/{score.max_points:.6f}"


def _view(told: Told) -> GradeView:
    row = told.grade
    return GradeView(
        id=row.id or 0,
        platform=told.platform,
        exam=told.exam,
        place=told.link.title,
        person=told.person,
        points=row.points,
        max_points=row.max_points,
        state=_state(row),
        tries=row.tries,
        error=row.error,
        due_at=row.due_at,
        sent_at=row.sent_at,
    )


def _state(row: LtiGrade) -> str:
    if row.points is None:
        return "none"
    if row.due_at is not None:
        return "waiting"
    return "failed" if row.error else "sent"
