"""Exams that are published, and attempts of them that run."""

from collections.abc import Mapping
from dataclasses import replace

from proctor_app.domain.access import Role
from proctor_app.domain.browser import DEFAULT_POLICIES, Policy, SignalKind
from proctor_app.domain.exam import ExamContent, ExamTerms, Level
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.services.exam_views import ExamView
from tests.world import Person, World

QUESTION = Question("q1", QuestionKind.SINGLE, "Which?", ("a", "b"), ("a",))
CONTENT = ExamContent("Geography", questions=(QUESTION,), level=Level.BROWSER, identity_check=False)


def content(signals: Mapping[SignalKind, Policy] | None = None, **changes: object) -> ExamContent:
    """An exam without a camera; ``signals``: policies that are not the usual ones."""
    named = {**DEFAULT_POLICIES, **(signals or {})}
    return replace(CONTENT, signals=named, **changes)  # type: ignore[arg-type]


def publish(world: World, what: ExamContent = CONTENT, **terms: object) -> ExamView:
    admin = world.person(Role.ADMIN)
    made = ExamTerms(**terms)  # type: ignore[arg-type]
    return world.services.exams.create(admin.actor, what, made, publish=True)


async def sit(world: World, exam: ExamView, who: Person | None = None) -> tuple[Person, str]:
    """Somebody whose attempt at the exam runs, and its id."""
    who = who or world.person()
    started = await world.services.sessions.start(who.actor, who.id, exam.code)
    return who, started.attempt.id
