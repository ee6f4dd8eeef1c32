"""What the pages about exams say: states, kinds of questions, and what each action will do."""

from dataclasses import dataclass, field

from proctor_app.clock import iso
from proctor_app.domain.exam import ExamStatus
from proctor_app.domain.question import QuestionKind
from proctor_app.services.exam_views import ExamItem, ExamView
from proctor_app.state.people_words import Question as Dialog
from proctor_app.state.shown import Chip

KINDS = {
    QuestionKind.SINGLE: "One right option",
    QuestionKind.MULTIPLE: "Several right options",
    QuestionKind.NUMERIC: "A number",
    QuestionKind.SHORT: "A short text",
    QuestionKind.ESSAY: "An essay",
}
STATUSES = {
    ExamStatus.DRAFT: Chip("none", "Draft"),
    ExamStatus.PUBLISHED: Chip("ok", "Published"),
    ExamStatus.CLOSED: Chip("unknown", "Closed"),
}
CHANGED = Chip("notice", "Changes not published")


@dataclass(frozen=True)
class ShownExam:
    """An exam in the list; the times are ISO 8601 or empty."""

    id: str
    code: str
    title: str
    state: Chip
    has_changes: bool
    opens_at: str
    closes_at: str
    minutes: int
    questions: int
    attempts: int
    running: int
    is_practice: bool


@dataclass(frozen=True)
class ExamHead:
    """What stands above every page of one exam. title: of the draft. size: in words."""

    id: str = ""
    code: str = ""
    title: str = ""
    status: str = ""
    state: Chip = field(default_factory=lambda: STATUSES[ExamStatus.DRAFT])
    has_changes: bool = False
    has_version: bool = False
    version: int = 0
    questions: int = 0
    size: str = ""
    attempts: int = 0
    running: int = 0
    are_results_out: bool = False
    is_practice: bool = False


@dataclass(frozen=True)
class QuestionRow:
    """A question in the list. summary: the first words, without marks; problem: the first one."""

    id: str
    number: int
    kind: str
    summary: str
    points: str
    problem: str


@dataclass(frozen=True)
class OpenQuestion:
    """A question as it is edited: numbers as they are typed. base: names it as it is stored, so
    that a change of somebody else is noticed."""

    id: str = ""
    base: str = ""
    kind: str = "single"
    text: str = ""
    options: list[str] = field(default_factory=list)
    correct: list[str] = field(default_factory=list)
    number: str = ""
    tolerance: str = "0"
    points: str = "1"
    negative_points: str = "0"
    partial_credit: bool = False
    case_sensitive: bool = False
    explanation: str = ""


@dataclass(frozen=True)
class ShownProblem:
    """question_id: of the question it is about; empty for the exam as a whole."""

    text: str
    question_id: str


@dataclass(frozen=True, slots=True)
class _Words:
    """text may hold {sitting} and {version}; done: said afterwards."""

    title: str
    text: str
    label: str
    done: str
    is_grave: bool = False


_WORDS = {
    "publish": _Words(
        "Publish “{title}”?",
        "Candidates can sit it from now on, within its window, with the code {code}. Questions can "
        "still be changed afterwards; changes reach candidates only when they are published.",
        "Publish",
        "The exam is published. Its code is {code}.",
    ),
    "publish_changes": _Words(
        "Publish the changes to “{title}”?",
        "Whoever begins from now on gets the new version.{sitting}",
        "Publish changes",
        "The changes are published.",
    ),
    "close": _Words(
        "Close “{title}”?",
        "Nobody can begin it any more.{running}",
        "Close the exam",
        "The exam is closed.",
    ),
    "reopen": _Words(
        "Open “{title}” again?",
        "Candidates can begin it again, within its window.",
        "Open again",
        "The exam is open again.",
    ),
    "duplicate": _Words(
        "Duplicate “{title}”?",
        "A draft with the same questions and rules, under a code of its own. Nobody is on its "
        "roster yet, and it has no window.",
        "Duplicate",
        "This is the copy.",
    ),
    "delete": _Words(
        "Delete “{title}” for good?",
        "Its questions, pictures and roster are removed and can't be brought back. Only a draft "
        "that nobody has sat can be deleted.",
        "Delete for good",
        "The exam was deleted.",
        is_grave=True,
    ),
    "release_results": _Words(
        "Release the results of “{title}”?",
        "Every candidate sees their score, the marks of each question, comments and explanations, "
        "and what was recorded of them: the compliance and every incident with its pictures and "
        "verdict, also one that nobody has judged yet.",
        "Release results",
        "The results are released.",
    ),
    "withdraw_results": _Words(
        "Withdraw the results of “{title}”?",
        "Candidates see neither them nor what was recorded any more, unless the exam's settings or "
        "a release of their own review show it. What somebody has read already stays read.",
        "Withdraw results",
        "The results are withdrawn.",
    ),
}
ACTIONS = frozenset(_WORDS)


def dialog(action: str, exam: ExamView) -> Dialog:
    """What to ask before this is done to this exam; action: one of ACTIONS."""
    words = _WORDS[action]
    known = {
        "title": exam.title,
        "code": exam.code,
        "sitting": _people(exam.running, " {who} sitting it now; they keep their version."),
        "running": _people(exam.running, " {who} sitting it now and can finish it."),
    }
    title = words.title.format(**known)
    return Dialog(title, words.text.format(**known), words.label, words.is_grave)


def done(action: str, exam: ExamView) -> str:
    return _WORDS[action].done.format(code=exam.code)


def head(view: ExamView) -> ExamHead:
    questions = count_words(len(view.content.questions), "question", "questions")
    return ExamHead(
        id=view.id,
        code=view.code,
        title=view.content.title,
        status=view.status.value,
        state=STATUSES[view.status],
        has_changes=view.has_changes and view.version is not None,
        has_version=view.version is not None,
        version=view.version or 0,
        questions=len(view.content.questions),
        size=f"{questions} · {points(view.content.max_points)}",
        attempts=view.attempts,
        running=view.running,
        are_results_out=view.results_at is not None,
        is_practice=view.is_practice,
    )


def shown_exam(item: ExamItem) -> ShownExam:
    terms = item.terms
    return ShownExam(
        id=item.id,
        code=item.code,
        title=item.title,
        state=STATUSES[item.status],
        has_changes=item.has_changes and item.version is not None,
        opens_at=iso(terms.opens_at) if terms.opens_at else "",
        closes_at=iso(terms.closes_at) if terms.closes_at else "",
        minutes=item.duration_minutes,
        questions=item.questions,
        attempts=item.attempts,
        running=item.running,
        is_practice=item.is_practice,
    )


def count_words(number: int, one: str, several: str) -> str:
    """ "1 exam", "1,204 exams"."""
    return f"{number:,} {one if number == 1 else several}"


def points(number: float) -> str:
    """ "1 point", "2.5 points"."""
    return f"{number:g} {'point' if number == 1 else 'points'}"


def _people(number: int, words: str) -> str:
    if not number:
        return ""
    who = "1 person is" if number == 1 else f"{number:,} people are"
    return words.format(who=who)
