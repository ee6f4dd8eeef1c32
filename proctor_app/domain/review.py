"""Judging: what a verdict needs, when a second person has to agree, and what kinds there are of
irregularity. Pure rules; a person gives every verdict."""

from dataclasses import dataclass
from enum import StrEnum

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import MAX_REVIEWERS
from proctor_app.domain.incident import Verdict

MAX_REASON = 1000
GIVEN = (Verdict.PASSED, Verdict.SUSPICIOUS, Verdict.VIOLATION)
"""What a person may say."""


class Category(StrEnum):
    """Kinds of irregularity, for a verdict and for statistics."""

    IDENTITY = "identity"
    HELP = "help"
    MATERIAL = "material"
    DEVICE = "device"
    COMMUNICATION = "communication"
    BROWSER = "browser"
    ABSENCE = "absence"
    CAMERA = "camera"
    INSTRUCTIONS = "instructions"
    TECHNICAL = "technical"
    FALSE_ALARM = "false_alarm"
    OTHER = "other"


CATEGORY_WORDS: dict[Category, str] = {
    Category.IDENTITY: "Somebody else sat the exam",
    Category.HELP: "Help from another person",
    Category.MATERIAL: "Material that is not allowed",
    Category.DEVICE: "A phone or another device",
    Category.COMMUNICATION: "Talking or messages",
    Category.BROWSER: "Other windows or programs",
    Category.ABSENCE: "Left the place",
    Category.CAMERA: "Camera covered or manipulated",
    Category.INSTRUCTIONS: "Instructions not followed",
    Category.TECHNICAL: "Technical trouble",
    Category.FALSE_ALARM: "The rule was mistaken",
    Category.OTHER: "Something else",
}


class ReviewKind(StrEnum):
    """What a review is about, and how it came about."""

    FIRST = "first"  # of an incident, by one person
    SECOND = "second"  # of an incident, by the one whom a violation waited for
    BULK = "bulk"
    UNDO = "undo"  # of a bulk
    ATTEMPT = "attempt"  # the attempt's own verdict
    PROPOSED = "proposed"  # the same, while a violation waits for a second person
    APPEAL = "appeal"  # the same, given with the answer to an appeal
    NOTE = "note"  # no verdict at all


OF_ATTEMPT = (ReviewKind.ATTEMPT, ReviewKind.PROPOSED, ReviewKind.APPEAL)


class QueueKind(StrEnum):
    """What an attempt in the queue waits for; ALL for whatever."""

    ALL = ""
    INCIDENTS = "incidents"  # incidents that nobody judged
    SECOND = "second"  # a violation waits for a second person
    VERDICT = "verdict"  # ended, everything judged, and no verdict of its own
    APPEAL = "appeal"


class QueueSort(StrEnum):
    """What the queue is sorted by."""

    RISK = "risk"  # the lowest compliance first, the oldest first where it is equal
    AGE = "age"  # the oldest first


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a violation has come. is_violation: it stands now. is_proposed: it waits for a second
    person. said_by: who called it a violation since anybody said otherwise."""

    is_violation: bool
    is_proposed: bool
    said_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """verdict: what stands now. is_proposed: a violation waits for a second person. is_second:
    this was the second."""

    verdict: Verdict
    is_proposed: bool
    is_second: bool


def decide(said: Verdict, reviewers: int, before: Standing, actor_id: str) -> Decision:
    """What follows from somebody's verdict.

    Where two must agree, one violation alone leaves the thing not reviewed; one that waits goes on
    waiting for another person, whatever the exam asks for by now. A violation that stands is not
    undone by being said again. Any other verdict stands at once, whoever gives it.
    """
    is_second = before.is_proposed and actor_id not in before.said_by
    if said is Verdict.VIOLATION and not before.is_violation:
        wanted = MAX_REVIEWERS if before.is_proposed else reviewers
        if len(before.said_by | {actor_id}) < wanted:
            return Decision(Verdict.NOT_REVIEWED, is_proposed=True, is_second=False)
    return Decision(said, is_proposed=False, is_second=is_second)


def status_of(verdict: Verdict) -> AttemptStatus:
    """What an attempt becomes by its own verdict."""
    return AttemptStatus(verdict.value)
