"""The analytics: what happened in an exam, in figures, each with a sentence and a table."""

import reflex as rx

from proctor_app.components.chart import chart
from proctor_app.components.layout import empty, moment, panel, shell, skeleton
from proctor_app.components.listing import choice, failed, pager
from proctor_app.components.nav import desk_nav
from proctor_app.state.analytics import AnalyticsState
from proctor_app.state.analytics_words import Fact, Option, ShownFigure

_SPANS = {"all": "All attempts", "week": "Of the last 7 days", "day": "Of the last 24 hours"}


def page() -> rx.Component:
    return shell(
        "Analytics",
        AnalyticsState.viewer,
        _tools(),
        rx.cond(
            AnalyticsState.problem != "",
            panel(failed(AnalyticsState.problem, AnalyticsState.load, "This can't be shown")),
            rx.box(_facts(), _figures(), class_name="stack"),
        ),
        right=desk_nav("Analytics"),
    )


def _tools() -> rx.Component:
    return rx.box(
        rx.el.label(
            rx.el.span("Exam", class_name="only-read"),
            rx.el.select(
                rx.foreach(AnalyticsState.exams, _option),
                value=AnalyticsState.chosen,
                on_change=AnalyticsState.choose,
                class_name="field-input",
                id="exam",
            ),
            class_name="choice analytics-exam",
        ),
        choice("Time", AnalyticsState.span, _SPANS, AnalyticsState.pick_span),
        rx.el.button(
            rx.icon("refresh-cw", size=16),
            "Refresh",
            type="button",
            id="refresh",
            on_click=AnalyticsState.refresh,
            disabled=AnalyticsState.busy,
            class_name="plain-button",
        ),
        rx.cond(
            AnalyticsState.as_of != "",
            rx.el.span("As of ", moment(AnalyticsState.as_of), class_name="muted"),
            rx.fragment(),
        ),
        class_name="tools",
    )


def _option(option: Option) -> rx.Component:
    return rx.el.option(option.text, value=option.value)


def _facts() -> rx.Component:
    return rx.cond(
        AnalyticsState.facts,
        rx.el.dl(rx.foreach(AnalyticsState.facts, _fact), class_name="analytics-facts", id="facts"),
        skeleton("76px"),
    )


def _fact(fact: Fact) -> rx.Component:
    return rx.box(
        rx.el.dt(fact.name),
        rx.el.dd(fact.value, class_name="figures"),
        class_name="panel",
    )


def _figures() -> rx.Component:
    state = AnalyticsState
    return rx.box(
        _figure(
            "over-time", "Incidents over time", state.over_time, state.over_time_plot, "380px",
            ("chart-column", "No incidents yet", "They appear here once a rule has noted one."),
            wide=True,
        ),
        _figure(
            "compliance", "Compliance", state.compliance, state.compliance_plot, "320px",
            ("chart-column", "Nobody has begun yet", "Each attempt counts from its start on."),
        ),
        _figure(
            "false-alarms", "False alarms by rule", state.false_alarms, state.false_alarms_plot,
            "320px",
            ("scale", "No verdicts yet", "Rules are measured by what people say of incidents."),
        ),
        _figure(
            "heat", "Candidates over time", state.heat, state.heat_plot, "480px",
            ("grid-3x3", "Nobody has begun yet", "Each candidate gets a line from their start on."),
            wide=True, below=_pages(),
        ),
        _figure(
            "questions", "Questions", state.questions, state.questions_plot, "420px",
            (
                "timer", "No times of questions",
                "They are noted while somebody sits an exam; free sessions ask nothing.",
            ),
            wide=True,
        ),
        _figure(
            "agreement", "Agreement of reviewers", state.agreement, state.agreement_plot, "320px",
            ("users", "None judged by two people", "Two verdicts are needed to compare."),
        ),
        _figure(
            "health", "Health of this server", state.health, state.health_plot, "560px",
            ("activity", "No frames in the last ten minutes", "Figures begin with the first one."),
        ),
        class_name="analytics-grid",
    )  # fmt: skip


def _figure(
    name: str,
    title: str,
    shown: ShownFigure,
    plot: rx.Var,
    height: str,
    nothing: tuple[str, str, str],
    *,
    wide: bool = False,
    below: rx.Component | None = None,
) -> rx.Component:
    """A heading, a sentence, the figure, and its numbers as a table."""
    return rx.el.section(
        rx.heading(title, size="4", as_="h2", id=f"{name}-title"),
        rx.match(
            shown.status,
            (
                "shown",
                rx.fragment(
                    rx.text(shown.words, class_name="muted analytics-words"),
                    rx.box(
                        chart(plot),
                        class_name="chart",
                        role="img",
                        min_height=height,
                        aria_label=f"Figure: {title}. The same numbers are in the table below.",
                    ),
                    below or rx.fragment(),
                    _table(title, shown),
                ),
            ),
            ("empty", empty(*nothing)),
            ("failed", failed(shown.words, AnalyticsState.refresh, "This figure can't be shown")),
            skeleton(height),
        ),
        class_name="panel analytics-wide" if wide else "panel",
        id=name,
        aria_labelledby=f"{name}-title",
    )


def _table(title: str, shown: ShownFigure) -> rx.Component:
    return rx.el.details(
        rx.el.summary("Show as a table"),
        rx.box(
            rx.el.table(
                rx.el.caption(title, class_name="only-read"),
                rx.el.thead(
                    rx.el.tr(rx.foreach(shown.head, lambda text: rx.el.th(text, scope="col")))
                ),
                rx.el.tbody(rx.foreach(shown.rows, _row)),
                class_name="figures",
            ),
            class_name="analytics-table",
            role="region",
            tab_index=0,
            aria_label=f"{title}, as a table",
        ),
    )


def _row(cells: list[str]) -> rx.Component:
    return rx.el.tr(
        rx.foreach(
            cells,
            lambda cell, place: rx.cond(place == 0, rx.el.th(cell, scope="row"), rx.el.td(cell)),
        )
    )


def _pages() -> rx.Component:
    return pager(
        AnalyticsState.heat_before,
        AnalyticsState.previous_candidates,
        AnalyticsState.heat_more,
        AnalyticsState.next_candidates,
        previous="Riskier",
        following="Next candidates",
    )
