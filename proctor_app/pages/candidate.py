"""One candidate as a proctor looks at them: picture, timeline, incidents, words, actions."""

import reflex as rx

from proctor_app.components.desk_keys import desk_keys, key, key_hint
from proctor_app.components.layout import chip, empty, moment, offline, panel, shell, skeleton
from proctor_app.components.live_picture import time_left
from proctor_app.components.nav import desk_nav
from proctor_app.components.report_links import report_links
from proctor_app.components.say_form import say_form
from proctor_app.pages import candidate_parts as parts
from proctor_app.pages import candidate_side as side
from proctor_app.state.candidate import CandidateState


def page() -> rx.Component:
    return shell(
        "Candidate",
        CandidateState.viewer,
        rx.cond(
            CandidateState.loaded,
            rx.cond(CandidateState.problem != "", _problem(), _desk()),
            _loading(),
        ),
        desk_keys(),
        right=desk_nav("Live"),
    )


def _loading() -> rx.Component:
    return rx.box(
        skeleton("420px"), skeleton("640px"), skeleton("420px"), class_name="candidate-grid"
    )


def _problem() -> rx.Component:
    return panel(
        empty("circle-help", "This attempt can't be shown", CandidateState.problem),
        rx.box(_back(), class_name="candidate-way"),
    )


def _desk() -> rx.Component:
    return rx.box(
        _head(),
        rx.box(
            rx.box(parts.picture(), parts.standing(), parts.progress(), class_name="stack c-left"),
            rx.box(parts.timeline_panel(), parts.incidents(), class_name="stack c-middle"),
            rx.box(
                side.actions(),
                side.messages(),
                side.others(),
                side.history(),
                panel(report_links(CandidateState.attempt_id)),
                class_name="stack c-right",
            ),
            class_name="candidate-grid",
        ),
        _dialog(),
    )


def _head() -> rx.Component:
    head = CandidateState.head
    return rx.el.div(
        _back(),
        rx.heading(head.candidate, size="6", as_="h2", class_name="wrap", id="candidate"),
        chip(head.state.kind, head.state.text),
        rx.el.span(
            head.title,
            rx.cond(head.number != "", f" · {head.number}", ""),
            rx.cond(
                head.started_at != "",
                rx.fragment(" · began ", moment(head.started_at, "HH:mm")),
                " · not begun yet",
            ),
            rx.cond(
                head.ended_at != "",
                rx.fragment(" · ended ", moment(head.ended_at, "HH:mm")),
                rx.fragment(),
            ),
            class_name="muted wrap",
        ),
        rx.spacer(),
        rx.cond(
            CandidateState.left.remaining_s >= 0,
            rx.el.span(
                rx.icon("timer", size=16),
                time_left(left=CandidateState.left, aria_label="Time left"),
                rx.cond(CandidateState.left.runs, " left", " left, standing still"),
                class_name="candidate-left",
            ),
            rx.fragment(),
        ),
        offline(rx.fragment(), instead=chip("unknown", "What you see is from before")),
        class_name="candidate-head",
    )


def _back() -> rx.Component:
    return rx.link(
        rx.icon("arrow-left", size=16),
        "Live wall",
        key_hint("Esc"),
        href="/proctor",
        id="to-wall",
        underline="none",
        class_name="plain-button",
        custom_attrs=key("Escape"),
    )


def _dialog() -> rx.Component:
    """Asks once before anything is done, and takes the reason."""
    asked = CandidateState.asked
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(asked.title),
            rx.alert_dialog.description(asked.text, margin_bottom="16px"),
            say_form(
                field_id="reason",
                label=asked.field,
                is_needed=asked.is_needed,
                longest=asked.longest,
                button=asked.label,
                button_class=rx.cond(asked.is_grave, "grave-button", "primary-button"),
                cancel="Cancel",
                is_first=True,
                busy=CandidateState.busy,
                problem=CandidateState.asked_problem,
                on_say=CandidateState.confirm,
                on_cancel=CandidateState.close(False),  # type: ignore[operator]
            ),
            max_width="480px",
        ),
        open=CandidateState.asking,
        on_open_change=CandidateState.close,
    )
