"""Who may read an exam: admins, and proctors those that are theirs to watch."""

from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.session import Transaction
from proctor_app.db.tables import Exam
from proctor_app.domain.access import Action, Actor, Role
from proctor_app.domain.exam import ExamStatus
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services.access import allow


def no_exam() -> NotFound:
    return NotFound("no_exam", "There is no such exam.")


def readable(session: Transaction, actor: Actor, exam_id: str) -> Exam:
    """The exam with its right answers, for staff.

    An exam without assigned proctors is every proctor's once it is published.
    Raises NotAllowed, NotFound.
    """
    allow(actor, Action.WATCH)
    rows = ExamRows(session)
    exam = rows.by_id(exam_id)
    if exam is None:
        raise no_exam()
    if actor.role is not Role.ADMIN:
        assigned = rows.proctor_ids(exam_id)
        is_open = not assigned and exam.status != ExamStatus.DRAFT
        if actor.user_id not in assigned and not is_open:
            raise NotAllowed
    return exam


def changeable(session: Transaction, actor: Actor, exam_id: str) -> Exam:
    """The exam, locked, for a change by an admin. Raises NotAllowed, NotFound."""
    allow(actor, Action.ADMINISTER)
    exam = ExamRows(session).locked(exam_id)
    if exam is None:
        raise no_exam()
    return exam
