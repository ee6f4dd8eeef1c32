"""Sitting an exam, the same for pages and interfaces: join, begin, answer, hand in, see the result.

Every method that touches the database does so off the event loop.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from proctor_app.clock import Clock
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.browser_events import BrowserEvents
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import MONITORED, OPEN
from proctor_app.domain.browser import SignalKind
from proctor_app.domain.exam import ExamContent, Level, SecondDevice
from proctor_app.errors import Conflict, Invalid, NotFound, ProctorError, Throttled
from proctor_app.services import paper, seb_door
from proctor_app.services.access import allow
from proctor_app.services.answers import UNCHANGED, Answers, Outcome, Save, Saved, elsewhere
from proctor_app.services.attempt_access import allow_on_id
from proctor_app.services.attempts import Attempts
from proctor_app.services.batches import Batches
from proctor_app.services.broadcast import (
    AttemptNews,
    Broadcast,
    Control,
    DeskNews,
    MessageNews,
)
from proctor_app.services.browser_signals import BrowserSignals
from proctor_app.services.claims import Claim
from proctor_app.services.joining import Joining, MyExams
from proctor_app.services.messages import Messages, MessageView
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.paper import Paper
from proctor_app.services.results import Result, ResultsOf
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.told import attempt_for
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView

_AT_ONCE = 64
"""Saves that share a transaction at most."""
_HOLDER = 64
_ID = 36


@dataclass(frozen=True, slots=True)
class Held:
    """granted: whether this tab sits the attempt now."""

    granted: bool
    attempt: AttemptView


class Sitting:
    def __init__(
        self,
        database: Database,
        versions: Versions,
        attempts: Attempts,
        joining: Joining,
        answers: Answers,
        results: ResultsOf,
        messages: Messages,
        monitoring: Monitoring,
        signals: BrowserSignals,
        broadcast: Broadcast,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._database = database
        self._versions = versions
        self._attempts = attempts
        self._joining = joining
        self._saves: Batches[Save, Outcome] = Batches(answers.save, _AT_ONCE)
        self._results = results
        self._messages = messages
        self._monitoring = monitoring
        self._signals = signals
        self._broadcast = broadcast
        self._throttle = throttle
        self._clock = clock

    async def mine(self, actor: Actor) -> MyExams:
        """The exams that the actor may sit or has sat, and the attempt that is open."""
        return await asyncio.to_thread(self._joining.mine, actor)

    async def join(self, actor: Actor, code: str) -> AttemptView:
        """See Joining.join. Raises Throttled as well."""
        self._throttle.hit(Limit.JOIN, actor.user_id)
        return await asyncio.to_thread(self._joining.join, actor, actor.user_id, code)

    async def accept(self, actor: Actor, attempt_id: str) -> AttemptView:
        """See Joining.accept."""
        return await asyncio.to_thread(self._joining.accept, actor, attempt_id)

    async def confirm_identity(self, actor: Actor, attempt_id: str, outcome: str) -> AttemptView:
        """See Joining.confirm_identity."""
        return await asyncio.to_thread(self._joining.confirm_identity, actor, attempt_id, outcome)

    async def begin(self, actor: Actor, attempt_id: str) -> AttemptView:
        """See Attempts.begin; from here on it is monitored."""
        begun = await asyncio.to_thread(self._attempts.begin, actor, attempt_id)
        await self._monitoring.follow(begun.id)
        return begun

    async def paper(self, actor: Actor, attempt_id: str) -> Paper:
        """The questions and the answers so far; staff of the exam may look as well.

        An attempt whose time is up ends. Raises NotFound, NotAllowed, Conflict ("no_questions": a
        free session).
        """
        found, is_over = await asyncio.to_thread(self._paper, actor, attempt_id)
        if is_over:
            await self._tell_end(await asyncio.to_thread(self._attempts.time_out, attempt_id))
            found, _ = await asyncio.to_thread(self._paper, actor, attempt_id)
        return found

    async def save(
        self,
        actor: Actor,
        attempt_id: str,
        question_id: str,
        value: object = UNCHANGED,
        *,
        flagged: bool | None = None,
        seq: int = 0,
        kept: bool = False,
        holder: str = "",
    ) -> Saved:
        """Save an answer, its flag or both; committed before this returns.

        Raises NotFound, NotAllowed, Invalid ("answer_invalid"), Throttled, Conflict
        ("attempt_paused", "attempt_ended", "attempt_not_running", "sat_elsewhere").
        """
        if not (_is_id(attempt_id) and _is_id(question_id)):
            raise NotFound("no_question", "There is no such question.")
        self._throttle.hit(Limit.ANSWER, actor.user_id)
        wanted = Save(actor, attempt_id, question_id, value, flagged, seq, kept, holder)
        outcome = await self._saves.put(wanted)
        if outcome.ended is not None:
            await self._tell_end(outcome.ended)
        if isinstance(outcome.saved, ProctorError):
            raise outcome.saved
        return outcome.saved

    async def submit(self, actor: Actor, attempt_id: str, holder: str = "") -> AttemptView:
        """Hand the actor's own attempt in: it ends, is marked as far as it can be, and has a
        receipt. Handed in again it stays as it is.

        Raises NotFound, NotAllowed, Conflict ("sat_elsewhere", "attempt_ended", not begun).
        """
        await self._tell_end(await asyncio.to_thread(self._submit, actor, attempt_id, holder))
        return await asyncio.to_thread(self._attempts.now, attempt_id)  # what was open has a cost

    async def hold(
        self, actor: Actor, attempt_id: str, holder: str, *, other_is_open: bool
    ) -> Held:
        """Let this tab sit the attempt, in the place of another one where the exam allows it.

        other_is_open: whether the tab that holds it is still there. Raises NotFound, NotAllowed,
        Invalid.
        """
        if not 0 < len(holder) <= _HOLDER:
            raise Invalid("holder_invalid", f"A tab is named by 1 to {_HOLDER} characters.")
        held, is_taken = await asyncio.to_thread(
            self._hold, actor, attempt_id, holder, other_is_open
        )
        if is_taken:
            self._broadcast.publish(AttemptNews(attempt_id, held.attempt.status))
        if other_is_open and (is_taken or not held.granted):
            with suppress(Conflict, Throttled):  # before it began there is nothing to judge
                second = [Claim(SignalKind.SECOND_DEVICE)]
                await self._signals.take(actor, attempt_id, second, "page", held.attempt.holder)
        return held

    async def result(self, actor: Actor, attempt_id: str) -> Result:
        """See ResultsOf.result."""
        return await asyncio.to_thread(self._results.result, actor, attempt_id)

    async def is_receipt(self, actor: Actor, attempt_id: str, code: str) -> bool:
        """Whether the code was given for this attempt's answers at its end."""
        return await asyncio.to_thread(self._results.is_receipt, actor, attempt_id, code)

    async def score(self, actor: Actor, found: AttemptView) -> float | None:
        """The attempt's points where the actor may know them and all are given."""
        return await asyncio.to_thread(self._score, actor, found)

    async def messages(self, actor: Actor, attempt_id: str) -> tuple[MessageView, ...]:
        """See Messages.of."""
        return await asyncio.to_thread(self._messages.of, actor, attempt_id)

    async def send_message(
        self, actor: Actor, attempt_id: str, text: str, *, warn: bool = False
    ) -> MessageView:
        """See Messages.send. What a proctor says reaches the candidate's page at once, and what
        the candidate says the proctors'."""
        self._throttle.hit(Limit.MESSAGE, actor.user_id)
        sent = await asyncio.to_thread(self._messages.send, actor, attempt_id, text, warn=warn)
        if sent.author == "proctor":
            kind: Control = "warning" if warn else "message"
            self._broadcast.publish(MessageNews(attempt_id, kind, sent.text, sent.sent_at))
        else:
            self._broadcast.publish(DeskNews(attempt_id))
        return sent

    async def messages_seen(self, actor: Actor, attempt_id: str) -> int:
        """See Messages.mark_seen; other proctors' pages learn of it."""
        seen = await asyncio.to_thread(self._messages.mark_seen, actor, attempt_id)
        if seen:
            self._broadcast.publish(DeskNews(attempt_id))
        return seen

    async def _tell_end(self, ended: AttemptView) -> None:
        await self._monitoring.finish(ended.id)
        self._broadcast.publish(AttemptNews(ended.id, ended.status))

    def _paper(self, actor: Actor, attempt_id: str) -> tuple[Paper, bool]:
        """The paper, and whether the attempt's time is up although it has not ended."""
        now = self._clock()
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            if row.status in OPEN:
                seb_door.require_for(session, actor, row)
            content = ExamContent("", level=Level.CAMERA)
            if row.version_id is not None:
                content = self._versions.content(row.version_id, session)
            answers = paper.answers(content, AnswerRows(session).of(row.id))
            last_signal_seq = BrowserEvents(session).last_seq(row.id)
            exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
            is_shown = row.status in MONITORED or self._results.sees_key(session, actor, row)
        found = attempt_for(actor.user_id, row)
        sheet = Paper(
            attempt=found,
            exam_id=row.exam_id,
            title=content.title,
            description=content.description,
            level=content.level,
            fullscreen=content.fullscreen,
            candidate_may_pause=self._attempts.may_pause(
                found, exam_allows=content.candidate_may_pause
            ),
            questions=paper.questions(content, row.seed) if is_shown else (),
            question_count=len(content.questions),
            answers=answers,
            last_seq=max((answer.seq for answer in answers), default=0),
            last_signal_seq=last_signal_seq,
            remaining_s=None if found.status not in OPEN else found.remaining_s(now),
            now=now,
            retention_days=exam.retention_days if exam else None,
        )
        return sheet, found.status in MONITORED and found.is_overdue(now)

    def _submit(self, actor: Actor, attempt_id: str, holder: str) -> AttemptView:
        with self._database.read() as session:
            row = AttemptRows(session).by_id(attempt_id)
        if row is None:
            raise NotFound("no_attempt", "There is no such attempt.")
        allow(actor, Action.SIT, row.user_id)
        if holder and row.holder and holder != row.holder:
            raise elsewhere()
        return self._attempts.submit(actor, attempt_id)

    def _hold(
        self, actor: Actor, attempt_id: str, holder: str, other_is_open: bool
    ) -> tuple[Held, bool]:
        """Whether it is held now, and whether it was taken from another tab."""
        with self._database.write() as session:
            rows = AttemptRows(session)
            row = rows.locked(attempt_id)
            if row is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            allow(actor, Action.SIT, row.user_id)
            seb_door.require_for(session, actor, row)
            is_other = row.holder not in ("", holder)
            if is_other and other_is_open and row.version_id is not None:
                content = self._versions.content(row.version_id, session)
                if content.second_device is SecondDevice.REFUSE:
                    rows.log(row.id, self._clock(), "second_tab_refused")
                    return Held(False, attempt_for(actor.user_id, row)), False
            if is_other:
                rows.log(row.id, self._clock(), "tab_replaced")
            row.holder = holder
            return Held(True, attempt_for(actor.user_id, row)), is_other

    def _score(self, actor: Actor, found: AttemptView) -> float | None:
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, found.id)
            return row.points if self._results.sees(session, actor, row) else None


def _is_id(text: str) -> bool:
    """Whether a database could be asked for it."""
    return text.isascii() and text.isprintable() and len(text) <= _ID
