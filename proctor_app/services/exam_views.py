"""What the services about exams take and hand out: frozen values, no database rows."""

from dataclasses import dataclass
from datetime import datetime

from proctor_app.domain.exam import ExamContent, ExamStatus, ExamTerms
from proctor_app.domain.incident import EventType
from proctor_app.errors import Invalid

MAX_LIMIT = 100
SHOWN_PROBLEMS = 50
ENOUGH_PROBLEMS = 200
"""A file with as many is read no further."""


@dataclass(frozen=True, slots=True)
class ProctorView:
    id: str
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class ExamView:
    """An exam with all that is in it, as staff see it.

    content: the draft if there is one, else what is published. has_changes: there is a draft newer
    than the published version. version: the published one's number. revision: changes with every
    change. problems: why it can't be published. attempts, running: how many.
    """

    id: str
    code: str
    title: str
    status: ExamStatus
    terms: ExamTerms
    content: ExamContent
    has_changes: bool
    version: int | None
    revision: int
    problems: tuple[str, ...]
    proctors: tuple[ProctorView, ...]
    attempts: int
    running: int
    results_at: datetime | None
    created_at: datetime
    updated_at: datetime
    is_practice: bool


@dataclass(frozen=True, slots=True)
class ExamItem:
    """An exam in a list; questions, duration_minutes: of the newest version."""

    id: str
    code: str
    title: str
    status: ExamStatus
    terms: ExamTerms
    questions: int
    duration_minutes: int
    has_changes: bool
    version: int | None
    revision: int
    attempts: int
    running: int
    results_at: datetime | None
    created_at: datetime
    updated_at: datetime
    is_practice: bool


@dataclass(frozen=True, slots=True)
class ExamQuery:
    """sort: title or created, with "-" in front from the last to the first. cursor: ``next`` or
    ``previous`` of another page of the same list."""

    search: str = ""
    status: str = ""
    sort: str = "-created"
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class ExamPage:
    """next, previous: cursors, empty where the list ends. total: as it was counted for the first
    page, up to 10,000."""

    items: tuple[ExamItem, ...]
    next: str
    previous: str
    total: int


@dataclass(frozen=True, slots=True)
class RosterView:
    """Somebody on a roster. name: "" where there is no account yet. preset: "" for the exam's
    own. attempts: how many they have of this exam."""

    id: int
    email: str
    name: str
    has_account: bool
    extra_minutes: int
    may_pause: bool
    detectors_off: tuple[EventType, ...]
    preset: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Problem:
    """row: of the file, from 1: a line of GIFT, a row of CSV, a question of JSON; 0 for the file
    as a whole."""

    row: int
    text: str


class FileInvalid(Invalid):
    """A file that can't be imported; nothing of it was. problems: at most 50 of them."""

    code = "file_invalid"

    def __init__(self, problems: tuple[Problem, ...], word: str = "Line") -> None:
        """word: what a row is called."""
        more = len(problems) - SHOWN_PROBLEMS
        self.problems = problems[:SHOWN_PROBLEMS]
        said = [f"{word} {one.row}: {one.text}" if one.row else one.text for one in self.problems]
        if more > 0:
            said.append(f"... and {more} more.")
        super().__init__(detail="\n".join(said))
