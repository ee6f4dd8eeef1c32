"""Saving answers: what was acknowledged is committed, and nothing is saved after the end.

A save costs the same however many answers there are: the attempt and the one answer are found by
their keys, the questions come from memory.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import MONITORED
from proctor_app.domain.exam import ExamContent
from proctor_app.domain.question import NotAnAnswer, check_answer
from proctor_app.errors import Conflict, Invalid, NotFound, ProctorError
from proctor_app.services import moves, paper, seb_door, views
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.moves import Moves
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView

MAX_SEQ = 2**53
"""What a browser counts to without losing ones."""


class Unchanged(Enum):
    """Stands for a value that is not sent with a save."""

    VALUE = "value"


UNCHANGED = Unchanged.VALUE


@dataclass(frozen=True, slots=True)
class Save:
    """flagged: None leaves the flag as it is. seq: the client's count, 0 for none. kept: it was
    kept while offline and may come after the time was up. holder: the tab it comes from."""

    actor: Actor
    attempt_id: str
    question_id: str
    value: object = UNCHANGED
    flagged: bool | None = None
    seq: int = 0
    kept: bool = False
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """seq: the newest of this answer's values."""

    remaining_s: float
    seq: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Saved, or why not; ended: the attempt, where this save found that its time was up."""

    saved: Saved | ProctorError
    ended: AttemptView | None = None


class Answers:
    def __init__(self, database: Database, versions: Versions, moves: Moves, clock: Clock) -> None:
        self._database = database
        self._versions = versions
        self._moves = moves
        self._clock = clock

    def save(self, saves: list[Save]) -> list[Outcome]:
        """Several saves in one transaction, each with an outcome of its own. Raises
        DatabaseUnavailable, and then nothing was saved."""
        try:
            return self._together(saves)
        except (AlreadyThere, Invalid):
            return [self._alone(save) for save in saves]

    def _alone(self, save: Save) -> Outcome:
        """What the database refuses of one must not take the others with it."""
        try:
            return self._together([save])[0]
        except AlreadyThere:
            return Outcome(Invalid("answer_not_storable", "This answer can't be saved."))
        except ProctorError as error:
            return Outcome(error)

    @again
    def _together(self, saves: list[Save]) -> list[Outcome]:
        with self._database.write() as session:
            found = AttemptRows(session).locked_many(save.attempt_id for save in saves)
            keys = {(save.attempt_id, save.question_id) for save in saves}
            answers = {
                (row.attempt_id, row.question_id): row
                for row in AnswerRows(session).those(sorted(keys))
            }
            return [
                self._outcome(session, save, found.get(save.attempt_id), answers) for save in saves
            ]

    def _outcome(
        self,
        session: Transaction,
        save: Save,
        row: tables.Attempt | None,
        answers: dict[tuple[str, str], tables.Answer],
    ) -> Outcome:
        try:
            row = _sat_by(save, row)
            seb_door.require_for(session, save.actor, row)
        except ProctorError as error:
            return Outcome(error)
        has_ended = self._moves.expire(session, row)
        try:
            saved: Saved | ProctorError = self._save(session, save, row, answers)
        except ProctorError as error:
            saved = error
        return Outcome(saved, views.attempt(row) if has_ended else None)

    def _save(
        self,
        session: Transaction,
        save: Save,
        row: tables.Attempt,
        answers: dict[tuple[str, str], tables.Answer],
    ) -> Saved:
        if row.version_id is None:
            raise Conflict("no_questions", "A free session has no questions.")
        content, now = self._versions.content(row.version_id, session), self._clock()
        is_late = _may_come_late(save, row, content, now)
        if not is_late and row.status not in MONITORED:
            raise moves.not_running(row)
        value = _checked(content, save)
        answer = answers.get((save.attempt_id, save.question_id))
        if answer is None or not _is_overtaken(save, answer):
            if answer is None:
                answer = AnswerRows(session).new(row.id, save.question_id, now)
                answers[save.attempt_id, save.question_id] = answer
            _write(row, answer, save, value, now)
            if is_late:
                AttemptRows(session).log(row.id, now, "late_answer", save.question_id)
                answer.marked_by = answer.marked_by if value is None else ""
                self._moves.mark(session, row)
        return Saved(views.attempt(row).remaining_s(now) or 0.0, answer.seq)


def _sat_by(save: Save, row: tables.Attempt | None) -> tables.Attempt:
    if row is None or row.id != save.attempt_id:
        raise NotFound("no_attempt", "There is no such attempt.")
    allow(save.actor, Action.SIT, row.user_id)
    if save.holder and row.holder and save.holder != row.holder:
        raise elsewhere()
    return row


def elsewhere() -> Conflict:
    return Conflict("sat_elsewhere", "This exam was opened in another window or device.")


def _may_come_late(save: Save, row: tables.Attempt, content: ExamContent, now: datetime) -> bool:
    """Whether this is an answer from before the end, of somebody who was offline then."""
    return save.kept and moves.takes_late(row, content.grace_s, now)


def _checked(content: ExamContent, save: Save) -> str | None:
    """The value as it is stored, None where none was sent."""
    question = content.question(save.question_id)
    if question is None:
        raise NotFound("no_question", "There is no such question in this exam.")
    if not 0 <= save.seq <= MAX_SEQ:
        raise Invalid("seq_invalid", f"A seq lies between 0 and {MAX_SEQ}.")
    if save.value is UNCHANGED:
        return None
    try:
        return paper.stored(check_answer(question, save.value))
    except NotAnAnswer as error:
        raise Invalid("answer_invalid", f"This can't be saved: {error}.") from error


def _is_overtaken(save: Save, answer: tables.Answer) -> bool:
    """Whether a newer answer is there. A flag alone is in nobody's way: the last that comes stays,
    and it counts nothing, so that an answer it overtook is still taken."""
    return save.value is not UNCHANGED and 0 < save.seq < answer.seq


def _write(
    row: tables.Attempt, answer: tables.Answer, save: Save, value: str | None, now: datetime
) -> None:
    if value is not None:
        row.answered += bool(value) - bool(answer.value)
        answer.value = value
        answer.seq = max(answer.seq, save.seq)
    if save.flagged is not None:
        answer.is_flagged = save.flagged
    answer.saved_at = now
