"""What happened in an exam, in figures: the database sums up, this says over what, and for whom."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from proctor_app.clock import Clock
from proctor_app.db.repositories.analytics import AnalyticsRows, Scope, Standing
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import NotFound
from proctor_app.services import analytics_views as shaped
from proctor_app.services.access import allow
from proctor_app.services.analytics_views import (
    Agreement,
    Choices,
    ExamChoice,
    Health,
    Heat,
    OverTime,
    QuestionFigure,
)
from proctor_app.services.attempt_access import allow_on_exam, watcher
from proctor_app.services.health_meter import HealthMeter
from proctor_app.services.shelf import Dated, Shelf
from proctor_app.services.versions import Versions
from proctor_app.services.workers import Workers

MAX_EXAMS = 200
HEAT_ROWS = 30
MAX_OFFSET = 100_000
COMPLIANCE_STEP = 5
_SEARCHES, _MOST_WAITING = 2, 100
_BOUNDS = tuple(float(bound) for bound in range(0, 100, COMPLIANCE_STEP))
_Value = TypeVar("_Value")


class Span(StrEnum):
    """Of which attempts, by when they were made."""

    ALL = "all"
    WEEK = "week"
    DAY = "day"


_SPANS = {Span.WEEK: timedelta(days=7), Span.DAY: timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What to look at: an exam, or free sessions (no exam_id)."""

    exam_id: str | None = None
    span: Span = Span.ALL


class Analytics:
    """Whoever watches an exam may see its figures; free sessions are every proctor's."""

    def __init__(
        self,
        database: Database,
        versions: Versions,
        meter: HealthMeter,
        aside: Workers,
        clock: Clock,
    ) -> None:
        """aside: threads for what is short, such as who may see what."""
        self._database = database
        self._versions = versions
        self._meter = meter
        self._clock = clock
        self._aside = aside
        self._searches = Workers("analytics", _SEARCHES, _MOST_WAITING)
        self._shelf = Shelf(clock)

    def close(self) -> None:
        """Begin no other search."""
        self._searches.close()

    async def choices(self, actor: Actor) -> Choices:
        """What the actor may look at. Raises NotAllowed."""
        allow(actor, Action.WATCH)
        return await self._aside.run(self._choices, actor)

    def _choices(self, actor: Actor) -> Choices:
        with self._database.read() as session:
            rows = AnalyticsRows(session)
            found = rows.exams(watcher(actor), MAX_EXAMS)
            first = rows.sat_last(watcher(actor))
        exams = tuple(ExamChoice(exam.id, exam.title, exam.code) for exam in found)
        return Choices(exams, first)

    async def standing(self, actor: Actor, subject: Subject) -> Dated[Standing]:
        """All of these raise NotAllowed, and NotFound for an exam that there is not."""
        return await self._kept(
            actor, subject, "standing", lambda rows, scope: rows.standing(scope)
        )

    async def over_time(self, actor: Actor, subject: Subject) -> Dated[OverTime]:
        standing = (await self.standing(actor, subject)).value

        def find(rows: AnalyticsRows, scope: Scope) -> OverTime:
            first, count, width = shaped.columns(standing, self._clock())
            found = rows.by_type_and_time(scope, width) if count else []
            return shaped.over_time(found, first, count, width)

        return await self._kept(actor, subject, "over_time", find)

    async def compliance(self, actor: Actor, subject: Subject) -> Dated[tuple[int, ...]]:
        """How many attempts lie in each 5 points of compliance, from 0 on."""

        def find(rows: AnalyticsRows, scope: Scope) -> tuple[int, ...]:
            return tuple(rows.compliance(scope, _BOUNDS))

        return await self._kept(actor, subject, "compliance", find)

    async def heat(self, actor: Actor, subject: Subject, offset: int = 0) -> Dated[Heat]:
        """Some candidates, from the one at the offset on, who lost most points before."""
        offset = min(MAX_OFFSET, max(0, offset))

        def find(rows: AnalyticsRows, scope: Scope) -> Heat:
            found = rows.riskiest(scope, HEAT_ROWS + 1, offset)
            shown = found[:HEAT_ROWS]
            cells = rows.cells([one.attempt_id for one in shown]) if shown else []
            return shaped.heat(shown, cells, offset, has_next=len(found) > HEAT_ROWS)

        return await self._kept(actor, subject, f"heat {offset}", find)

    async def questions(self, actor: Actor, subject: Subject) -> Dated[tuple[QuestionFigure, ...]]:
        """In the order of the exam; nothing of free sessions, which ask nothing."""

        def find(rows: AnalyticsRows, scope: Scope) -> tuple[QuestionFigure, ...]:
            times = rows.question_times(scope) if scope.exam_id else []
            if not times:
                return ()
            incidents = rows.question_incidents(scope)
            return shaped.questions(times, incidents, self._texts(rows.newest_version(scope)))

        return await self._kept(actor, subject, "questions", find)

    async def agreement(self, actor: Actor, subject: Subject) -> Dated[Agreement]:
        return await self._kept(
            actor,
            subject,
            "agreement",
            lambda rows, scope: shaped.agreement(rows.verdict_pairs(scope)),
        )

    async def health(self, actor: Actor) -> Dated[Health]:
        """Of this process; found on the event loop, as the frames are counted there."""
        allow(actor, Action.WATCH)

        async def find() -> Health:
            now = self._clock()
            return Health(self._meter.series(now), self._meter.now(now))

        return await self._shelf.get("health", find)

    async def _kept(
        self,
        actor: Actor,
        subject: Subject,
        name: str,
        find: Callable[[AnalyticsRows, Scope], _Value],
    ) -> Dated[_Value]:
        """Who asks is looked at each time; what is found, kept for all of them."""
        await self._aside.run(self._allow, actor, subject)

        def read() -> _Value:
            with self._database.read() as session:
                return find(AnalyticsRows(session), self._scope(subject))

        return await self._shelf.get((name, subject), lambda: self._searches.run(read))

    def _allow(self, actor: Actor, subject: Subject) -> None:
        allow(actor, Action.WATCH)
        if subject.exam_id is not None:
            with self._database.read() as session:
                allow_on_exam(session, actor, subject.exam_id)

    def _scope(self, subject: Subject) -> Scope:
        span = _SPANS.get(subject.span)
        return Scope(subject.exam_id, None if span is None else self._clock() - span)

    def _texts(self, version_id: str | None) -> dict[str, str]:
        """The questions of a version by their ids; nothing where it is gone."""
        if version_id is None:
            return {}
        try:
            content = self._versions.content(version_id)
        except NotFound:
            return {}
        return {question.id: question.text for question in content.questions}
