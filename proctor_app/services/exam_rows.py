"""Rows of exams as they are made and changed, within the caller's transaction."""

import re
import secrets
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from proctor_app.clock import iso
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import Transaction
from proctor_app.db.tables import Attempt, Exam, ExamVersion
from proctor_app.domain.exam import (
    ExamContent,
    ExamStatus,
    ExamTerms,
    refusals,
    term_refusals,
    thing_refusals,
    tidied,
    with_texts,
)
from proctor_app.errors import Conflict, Invalid
from proctor_app.services.exam_times import set_times
from proctor_app.services.versions import from_json, to_json

_PICTURE = re.compile(r"picture:([A-Za-z0-9_-]{1,36})")
"""How a text names a picture of its exam."""
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that are taken for one another: 0 and O, 1, I and L."""
_CODE_LENGTH = 8
_MAX_ZONE = 64
_SHOWN = 50


class Incomplete(Invalid):
    """The exam can't be published. problems: why."""

    code = "exam_incomplete"

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        super().__init__(detail=_told(problems))


def code_taken() -> Conflict:
    return Conflict("code_taken", "Another exam has this code already.")


def new_code() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LENGTH))


def prepared(content: ExamContent) -> ExamContent:
    """The content as it is kept. Raises Invalid (exam_invalid) where it can't be."""
    found = tidied(content, lambda: str(uuid.uuid4()))
    if refused := list(refusals(found)):
        raise Invalid("exam_invalid", _told(refused))
    ids = [question.id for question in found.questions]
    if len(set(ids)) != len(ids):
        raise Invalid("exam_invalid", "Two questions have the same id.")
    return found


def refuse_new_things(session: Transaction, exam: Exam, content: ExamContent) -> None:
    """What the exam has forbidden so far may stay. Raises Invalid (exam_invalid)."""
    if any(thing_refusals(content.forbidden)):
        newest = VersionRows(session).newest_of(exam.id)
        refuse_things(content, content_of(newest).forbidden if newest else ())


def refuse_things(content: ExamContent, older: Collection[str] = ()) -> None:
    """older: names that may stay. Raises Invalid (exam_invalid) where nothing finds others."""
    found = thing_refusals(content.forbidden, older)
    if refused := [f"Forbidden thing {place + 1}: {said}" for place, said in found]:
        raise Invalid("exam_invalid", _told(refused))


def checked(terms: ExamTerms) -> ExamTerms:
    """The terms with the code as it is kept. Raises Invalid (exam_invalid)."""
    found = replace(terms, code=terms.code.strip().upper())
    if refused := list(term_refusals(found)):
        raise Invalid("exam_invalid", _told(refused))
    if not _is_zone(found.time_zone):
        raise Invalid("exam_invalid", "There is no such time zone.")
    return found


def new_exam(exam_id: str, title: str, created_by: str, now: datetime) -> Exam:
    return Exam(
        id=exam_id,
        code="",
        title=title,
        status=ExamStatus.DRAFT.value,
        created_by=created_by,
        created_at=now,
        updated_at=now,
    )


def content_of(version: ExamVersion) -> ExamContent:
    return from_json(version.content)


def keep_draft(
    session: Transaction, exam: Exam, content: ExamContent, saved_by: str, now: datetime
) -> None:
    """Write the exam's draft, making one beside a published version unless nothing changed."""
    rows = VersionRows(session)
    newest = rows.newest_of(exam.id)
    if newest is not None and content_of(newest) == content:
        return
    if newest is None or newest.published_at is not None:
        number = newest.number + 1 if newest else 1
        newest = ExamVersion(
            id=str(uuid.uuid4()), exam_id=exam.id, number=number, content="", saved_at=now
        )
    newest.content = to_json(content)
    newest.question_count = len(content.questions)
    newest.duration_minutes = content.duration_minutes
    newest.saved_by, newest.saved_at = saved_by, now
    rows.add(newest)
    if exam.version_id is None:
        exam.title = content.title


def write_terms(exam: Exam, terms: ExamTerms) -> None:
    exam.code = terms.code or exam.code
    exam.opens_at, exam.closes_at = terms.opens_at, terms.closes_at
    exam.time_zone, exam.access = terms.time_zone, terms.access.value
    exam.attempts_allowed, exam.results = terms.attempts_allowed, terms.results.value
    exam.retention_days, exam.reviewers = terms.retention_days, terms.reviewers


def affected(session: Transaction, exam_id: str, terms: ExamTerms | None) -> list[Attempt]:
    """The unfinished attempts, locked, for which another end of the window is another end. Ask
    before the exam is locked: attempts come first everywhere."""
    rows = ExamRows(session)
    exam = rows.by_id(exam_id)
    if terms is None or exam is None or exam.closes_at == terms.closes_at:
        return []
    return rows.unfinished_attempts(exam_id)


def set_terms(
    session: Transaction, exam: Exam, terms: ExamTerms, unfinished: Iterable[Attempt]
) -> None:
    """Change the terms, and when those who are sitting must have ended."""
    write_terms(exam, terms)
    set_times(session, exam, unfinished)


def noted(content: ExamContent | None, terms: ExamTerms | None) -> dict[str, str | int | None]:
    """What the audit log tells of a change."""
    found: dict[str, str | int | None] = {}
    if content is not None:
        found |= {"questions": len(content.questions), "minutes": content.duration_minutes}
    if terms is not None:
        found |= {
            "opens_at": iso(terms.opens_at) if terms.opens_at else None,
            "closes_at": iso(terms.closes_at) if terms.closes_at else None,
            "access": terms.access.value,
            "attempts_allowed": terms.attempts_allowed,
            "retention_days": terms.retention_days,
            "reviewers": terms.reviewers,
        }
    return found


def with_pictures(content: ExamContent, names: Mapping[str, str]) -> ExamContent:
    """The content with pictures named anew; a name that is not there stays."""

    def renamed(text: str) -> str:
        return _PICTURE.sub(lambda m: f"picture:{names.get(m[1], m[1])}", text)

    return with_texts(content, renamed)


def _told(problems: Iterable[str]) -> str:
    found = list(problems)
    more = [f"... and {len(found) - _SHOWN} more."] if len(found) > _SHOWN else []
    return "\n".join([*found[:_SHOWN], *more])


def _is_zone(name: str) -> bool:
    if not 0 < len(name) <= _MAX_ZONE:
        return False
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # what an odd name meets in the file system
        return False
    return True
