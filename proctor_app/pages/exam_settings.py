"""An exam's settings: what it is called, when and how often it can be sat, who sees what of it."""

import reflex as rx

from proctor_app.components.exam_fields import exam_choice, exam_field, exam_switch, section
from proctor_app.components.exam_frame import exam_frame
from proctor_app.components.layout import moment
from proctor_app.domain.exam import Access, Results
from proctor_app.pages.exam_seb import seb
from proctor_app.state.exam_editor import ExamEditorState as State

_ACCESS = {
    Access.OPEN.value: "Anybody with an account and the code",
    Access.ROSTER.value: "Only people on the roster",
}
_RESULTS = {
    Results.BY_HAND.value: "When I release them",
    Results.WHEN_MARKED.value: "As soon as their answers are marked",
    Results.WHEN_CLOSED.value: "When the window has closed for everybody",
}
_REVIEWERS = {"1": "One person", "2": "Two people who agree"}
_DRAFT = "Reaches candidates when it is published"
_AT_ONCE = "Takes effect at once"


def page() -> rx.Component:
    return exam_frame(
        "Settings",
        rx.box(_about(), _order(), _window(), _who(), _results(), seb(), class_name="fields-grid"),
        rx.el.datalist(
            rx.foreach(State.zones, lambda zone: rx.el.option(value=zone)), id="time-zones"
        ),
    )


def _about() -> rx.Component:
    return section(
        "The exam",
        exam_field("title", "Title", max_length=200),
        exam_field(
            "description",
            "Description",
            "Shown before it begins. You can write it as the questions: **bold**, $x^2$, lists.",
            kind="area",
            rows=6,
            max_length=10_000,
        ),
        exam_field("duration_minutes", "Duration", kind="number", min=1, max=1440, unit="minutes"),
        exam_field(
            "grace_s",
            "Late answers",
            "Answers that a candidate wrote in time without a network are taken this long after "
            "the end.",
            kind="number",
            min=0,
            max=600,
            unit="seconds",
        ),
        note=_DRAFT,
    )


def _order() -> rx.Component:
    return section(
        "Order",
        exam_switch(
            "shuffle_questions",
            "Shuffle the questions",
            "Every candidate gets an order of their own, the same after a reload.",
        ),
        exam_switch("shuffle_options", "Shuffle the options of each question"),
        exam_switch(
            "candidate_may_pause",
            "Candidates may pause",
            "The clock and the monitoring stand still meanwhile.",
        ),
        note=_DRAFT,
    )


def _window() -> rx.Component:
    return section(
        "When",
        exam_field(
            "opens_at",
            "Opens",
            "From then on it can be begun. Empty: at any time.",
            kind="datetime-local",
        ),
        exam_field(
            "closes_at",
            "Closes",
            "Whoever is still sitting it then has to hand in. Extra time of the roster is added.",
            kind="datetime-local",
        ),
        exam_field(
            "time_zone",
            "Time zone of these times",
            "Times of day stay as they are when the zone is changed.",
            suggestions="time-zones",
        ),
        rx.cond(
            (State.opens_at != "") | (State.closes_at != ""),
            rx.el.p(
                rx.icon("clock", size=14),
                "Where you are: ",
                rx.cond(
                    State.opens_at != "",
                    rx.fragment("opens ", moment(State.opens_at, "YYYY-MM-DD HH:mm"), " "),
                    rx.fragment(),
                ),
                rx.cond(
                    State.closes_at != "",
                    rx.fragment("closes ", moment(State.closes_at, "YYYY-MM-DD HH:mm")),
                    rx.fragment(),
                ),
                class_name="muted where-line",
            ),
            rx.fragment(),
        ),
        note=_AT_ONCE,
    )


def _who() -> rx.Component:
    return section(
        "Who",
        exam_field(
            "code",
            "Code",
            "Candidates type it to join: 3 to 16 letters A to Z, digits and -.",
            max_length=16,
        ),
        exam_choice("access", "Who may sit it", _ACCESS),
        exam_field(
            "attempts_allowed",
            "Attempts for each candidate",
            "0: as many as they like.",
            kind="number",
            min=0,
            max=1000,
        ),
        note=_AT_ONCE,
    )


def _results() -> rx.Component:
    return section(
        "Results and records",
        exam_choice(
            "results",
            "Candidates see their results and what was recorded",
            _RESULTS,
            "Score, marks, comments and explanations, and with them the compliance and every "
            "incident with its pictures and verdict, also one that nobody has judged yet.",
        ),
        exam_field(
            "retention_days",
            "Keep what was recorded for",
            "After the exam ends. Candidates read it before they begin. Nothing is removed by "
            "itself: remove it then. Empty: the notice names no number of days.",
            kind="number",
            min=1,
            max=3650,
            unit="days",
        ),
        exam_choice(
            "reviewers",
            "A violation needs",
            _REVIEWERS,
            "With two, a violation stands once another person confirms it. Anything else stands "
            "at once.",
        ),
        note=_AT_ONCE,
    )
