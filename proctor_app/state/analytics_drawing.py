"""How each figure of the analytics comes about: one question to the service, then words and a
drawing."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import plotly.graph_objects as go

from proctor_app.domain.access import Actor
from proctor_app.services.analytics import Span, Subject
from proctor_app.state import analytics_charts as charts
from proctor_app.state import analytics_words as words
from proctor_app.state.analytics_words import FREE, ShownFigure
from proctor_app.state.wiring import services


@dataclass(frozen=True, slots=True)
class Drawn:
    """figure: None where there is nothing to draw. has_next: more candidates follow."""

    shown: ShownFigure
    figure: go.Figure | None
    has_next: bool = False


def subject(chosen: str, span: str) -> Subject:
    """What the page's choices mean."""
    return Subject(None if chosen == FREE else chosen, Span(span))


async def _over_time(actor: Actor, about: Subject, _offset: int) -> Drawn:
    found = (await services().analytics.over_time(actor, about)).value
    return await _drawn(words.over_time(found), lambda: charts.over_time(found))


async def _compliance(actor: Actor, about: Subject, _offset: int) -> Drawn:
    found = (await services().analytics.compliance(actor, about)).value
    return await _drawn(words.compliance(found), lambda: charts.compliance(found))


async def _false_alarms(actor: Actor, about: Subject, _offset: int) -> Drawn:
    found = (await services().analytics.over_time(actor, about)).value
    rules = words.judged(found.rules)
    return await _drawn(words.false_alarms(rules), lambda: charts.false_alarms(rules))


async def _heat(actor: Actor, about: Subject, offset: int) -> Drawn:
    found = (await services().analytics.heat(actor, about, offset)).value
    return await _drawn(words.heat(found), lambda: charts.heat(found), has_next=found.has_next)


async def _questions(actor: Actor, about: Subject, _offset: int) -> Drawn:
    found = (await services().analytics.questions(actor, about)).value
    return await _drawn(words.questions(found), lambda: charts.questions(found))


async def _agreement(actor: Actor, about: Subject, _offset: int) -> Drawn:
    found = (await services().analytics.agreement(actor, about)).value
    return await _drawn(words.agreement(found), lambda: charts.agreement(found))


async def _health(actor: Actor, _about: Subject, _offset: int) -> Drawn:
    found = (await services().analytics.health(actor)).value
    return await _drawn(words.health(found), lambda: charts.health(found))


async def _drawn(
    shown: ShownFigure, draw: Callable[[], go.Figure], *, has_next: bool = False
) -> Drawn:
    """A figure takes some milliseconds to make: frames go on being looked at meanwhile."""
    figure = await services().aside.run(draw) if shown.status == "shown" else None
    return Drawn(shown, figure, has_next)


DRAWERS: dict[str, Callable[[Actor, Subject, int], Awaitable[Drawn]]] = {
    "over_time": _over_time,
    "compliance": _compliance,
    "false_alarms": _false_alarms,
    "heat": _heat,
    "agreement": _agreement,
    "health": _health,
    "questions": _questions,
}
FIGURES = tuple(DRAWERS)
"""In the order in which they are drawn: what takes longest to find comes last."""
