"""An exam: what is asked and by which rules (a version's content), who may sit it and when."""

import math
import random
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from proctor_app.domain.browser import DEFAULT_POLICIES, Policy, SignalKind
from proctor_app.domain.incident import EventType
from proctor_app.domain.printable import is_printable, one_line
from proctor_app.domain.question import (
    CHOICES,
    MAX_QUESTIONS,
    MAX_TEXT,
    Question,
    is_clean,
)
from proctor_app.domain.question import problems as question_problems
from proctor_app.domain.question import refusals as question_refusals
from proctor_app.domain.question import tidied as question_tidied
from proctor_app.domain.question import with_texts as question_with_texts

MAX_TITLE = 200
MAX_MINUTES = 24 * 60
MAX_GRACE_S = 600
MAX_ATTEMPTS = 1000
MAX_RETENTION_DAYS = 3650
MAX_REVIEWERS = 2
MAX_HOLD_S = 600.0
MAX_RULE_POINTS = 100.0
MAX_FORBIDDEN = 30
_MAX_THING = 40
THINGS = ("book", "laptop", "tv", "keyboard", "mouse", "remote", "cell phone", "person")
"""What is found in pictures, by COCO names; phones and people have rules of their own besides."""
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,15}")
_YEARS = range(2000, 2200)


class ExamStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class Access(StrEnum):
    OPEN = "open"  # anybody with an account and the code
    ROSTER = "roster"


class Level(StrEnum):
    """How much is watched."""

    NONE = "none"
    BROWSER = "browser"
    CAMERA = "camera"  # the browser too


class Preset(StrEnum):
    """How soon rules open an incident, and what it costs."""

    STRICT = "strict"
    STANDARD = "standard"
    LENIENT = "lenient"


class SecondDevice(StrEnum):
    """What happens when a candidate opens a running attempt elsewhere as well."""

    TAKE_OVER = "take_over"
    REFUSE = "refuse"


class Results(StrEnum):
    """When a candidate sees score and marks."""

    BY_HAND = "by_hand"
    WHEN_MARKED = "when_marked"
    WHEN_CLOSED = "when_closed"


@dataclass(frozen=True, slots=True)
class ExamTerms:
    """Who may sit an exam, and when; may change while people sit it. code: upper case; attempts
    allowed: 0 for any number; retention_days: None names no number of days;
    reviewers: how many people must call something a violation before it is one, 1 or 2."""

    code: str = ""
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    time_zone: str = "UTC"
    access: Access = Access.OPEN
    attempts_allowed: int = 1
    results: Results = Results.BY_HAND
    retention_days: int | None = None
    reviewers: int = 1


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What an exam changes of one rule; None leaves it as the preset has it. hold_s: seconds until
    an incident opens; points: what a full-length incident costs; is_on: False switches it off."""

    is_on: bool = True
    hold_s: float | None = None
    points: float | None = None


@dataclass(frozen=True, slots=True)
class ExamContent:
    """A version: never changed once published, kept by every attempt that began with it.

    description, questions' texts: Markdown. forbidden: COCO names of things that may not be on the
    desk. grace_s: how long after the end answers still arrive that were kept while offline.
    """

    title: str
    description: str = ""
    duration_minutes: int = 60
    questions: tuple[Question, ...] = ()
    shuffle_questions: bool = False
    shuffle_options: bool = False
    level: Level = Level.CAMERA
    preset: Preset = Preset.STANDARD
    rules: Mapping[EventType, RuleChange] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ("book", "laptop")
    signals: Mapping[SignalKind, Policy] = field(default_factory=lambda: dict(DEFAULT_POLICIES))
    candidate_may_pause: bool = False
    identity_check: bool = True
    fullscreen: bool = False
    second_device: SecondDevice = SecondDevice.TAKE_OVER
    grace_s: int = 60

    @property
    def max_points(self) -> float:
        return round(sum(question.points for question in self.questions), 4)

    def question(self, question_id: str) -> Question | None:
        return next((one for one in self.questions if one.id == question_id), None)


def arranged(content: ExamContent, seed: int) -> tuple[Question, ...]:
    """The questions as one attempt sees them: the same seed always gives the same order."""
    chance = random.Random(seed)  # noqa: S311 - an order, no secret
    questions = list(content.questions)
    if content.shuffle_questions:
        chance.shuffle(questions)
    if not content.shuffle_options:
        return tuple(questions)
    return tuple(_options_shuffled(question, seed) for question in questions)


def problems(content: ExamContent) -> Iterator[str]:
    """Say in words what keeps the exam from being published; nothing where all is well."""
    if not content.title.strip():
        yield "The title is missing."
    if not content.questions:
        yield "There is no question yet."
    if len(content.questions) > MAX_QUESTIONS:
        yield f"There are more than {MAX_QUESTIONS} questions."
    if len(content.description) > MAX_TEXT:
        yield f"The description is longer than {MAX_TEXT} characters."
    if not 1 <= content.duration_minutes <= MAX_MINUTES:
        yield f"The duration must lie between 1 and {MAX_MINUTES} minutes."
    ids = [question.id for question in content.questions]
    if len(set(ids)) != len(ids):
        yield "Two questions have the same id."
    for number, question in enumerate(content.questions, 1):
        for problem in question_problems(question):
            yield f"Question {number}: {problem}."


def tidied(content: ExamContent, new_id: Callable[[], str]) -> ExamContent:
    """The content as it is kept: every question with an id and only what its kind needs."""
    questions = tuple(
        question_tidied(one if one.id else replace(one, id=new_id())) for one in content.questions
    )
    description = content.description.replace("\r\n", "\n").strip()
    title = one_line(content.title)
    forbidden = tuple(dict.fromkeys(content.forbidden))
    return replace(
        content, title=title, description=description, questions=questions, forbidden=forbidden
    )


def with_texts(content: ExamContent, change: Callable[[str], str]) -> ExamContent:
    """The content with every Markdown text put through a function."""
    questions = tuple(question_with_texts(question, change) for question in content.questions)
    return replace(content, description=change(content.description), questions=questions)


def refusals(content: ExamContent) -> Iterator[str]:
    """Say in words why the content can't even be kept as a draft; nothing where it can."""
    if len(content.title) > MAX_TITLE:
        yield f"The title is longer than {MAX_TITLE} characters."
    if not is_printable(content.title):
        yield "The title has characters that can't be shown."
    if len(content.description) > MAX_TEXT:
        yield f"The description is longer than {MAX_TEXT} characters."
    if not is_clean(content.description):
        yield "The description has characters that can't be shown."
    if not 1 <= content.duration_minutes <= MAX_MINUTES:
        yield f"The duration must lie between 1 and {MAX_MINUTES} minutes."
    if not 0 <= content.grace_s <= MAX_GRACE_S:
        yield f"The time for late answers must lie between 0 and {MAX_GRACE_S} seconds."
    if len(content.questions) > MAX_QUESTIONS:
        yield f"There are more than {MAX_QUESTIONS} questions."
    yield from _rule_refusals(content)
    for number, question in enumerate(content.questions, 1):
        for refusal in question_refusals(question):
            yield f"Question {number}: {refusal}."


def term_refusals(terms: ExamTerms) -> Iterator[str]:
    """Say in words why nobody could sit an exam on these terms; nothing where they can. An empty
    code stands for one that is still to be made."""
    if terms.code and not _CODE.fullmatch(terms.code):
        yield "A code has 3 to 16 letters A to Z, digits and -."
    times = [at for at in (terms.opens_at, terms.closes_at) if at is not None]
    if any(at.tzinfo is None for at in times):
        yield "A time without a time zone is none."
    elif any(at.year not in _YEARS for at in times):
        yield f"A time must lie between the years {_YEARS.start} and {_YEARS.stop}."
    elif len(times) == 2 and times[0] >= times[1]:
        yield "The exam must open before it closes."
    if not 0 <= terms.attempts_allowed <= MAX_ATTEMPTS:
        yield f"The number of attempts must lie between 0 (any number) and {MAX_ATTEMPTS}."
    if terms.retention_days is not None and not 1 <= terms.retention_days <= MAX_RETENTION_DAYS:
        yield f"What is kept must be kept for 1 to {MAX_RETENTION_DAYS} days."
    if not 1 <= terms.reviewers <= MAX_REVIEWERS:
        yield "A violation needs one person, or two."


def thing_refusals(things: Iterable[str], older: Collection[str] = ()) -> Iterator[tuple[int, str]]:
    """The place of each forbidden thing, from 0, that nothing would ever find, and why it is
    refused. older: names that the exam has had since before they were looked at."""
    known = ", ".join(THINGS)
    for place, thing in enumerate(things):
        if thing not in THINGS and thing not in older:
            yield place, f"Nothing of this name is looked for. What is: {known}."


def _rule_refusals(content: ExamContent) -> Iterator[str]:
    for rule in content.rules.values():
        if rule.hold_s is not None and not _within(rule.hold_s, MAX_HOLD_S):
            yield f"A rule's seconds must lie between 0 and {MAX_HOLD_S:g}."
        if rule.points is not None and not _within(rule.points, MAX_RULE_POINTS):
            yield f"A rule's points must lie between 0 and {MAX_RULE_POINTS:g}."
    if len(content.forbidden) > MAX_FORBIDDEN:
        yield f"More than {MAX_FORBIDDEN} things are forbidden."
    if any(len(thing) > _MAX_THING or not thing.isprintable() for thing in content.forbidden):
        yield "The name of a forbidden thing is too long or can't be shown."


def _within(number: float, most: float) -> bool:
    return math.isfinite(number) and 0 <= number <= most


def _options_shuffled(question: Question, seed: int) -> Question:
    if question.kind not in CHOICES:
        return question
    chance = random.Random(f"{seed}:{question.id}")  # noqa: S311 - an order, no secret
    options = list(question.options)
    chance.shuffle(options)
    return replace(question, options=tuple(options))
