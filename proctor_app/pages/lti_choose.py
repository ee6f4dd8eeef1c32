"""Where somebody who teaches chooses the exam for a place in a course."""

import reflex as rx

from proctor_app.components.layout import empty, moment, panel, shell, skeleton
from proctor_app.components.listing import pager, search_box
from proctor_app.components.plain_form import plain_form
from proctor_app.state.lti_choose import LtiChooseState as State
from proctor_app.state.lti_choose import ShownOffer

_WHEN = "ddd D MMM YYYY, HH:mm [UTC]Z"


def page() -> rx.Component:
    return shell(
        "Choose an exam",
        State.viewer,
        panel(
            rx.cond(
                State.loaded,
                rx.cond(State.choice != "", _choosing(), _nothing()),
                skeleton("320px"),
            )
        ),
    )


def _nothing() -> rx.Component:
    return rx.box(empty("link-2-off", "Nothing to choose", State.problem), role="alert")


def _choosing() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "For a place in a course of ",
            rx.el.strong(State.platform),
            ". Exams that are published can be chosen.",
            class_name="muted",
        ),
        rx.box(
            search_box("Search by title or code", "Title or code", State.search, key=State.choice),
            rx.spacer(),
            rx.cond(
                State.returns,
                _form("", "Choose none", "plain-button", State.platform),
                rx.fragment(),
            ),
            role="search",
            class_name="tools",
        ),
        rx.cond(State.problem != "", rx.el.p(State.problem, role="alert"), rx.fragment()),
        rx.cond(
            State.exams,
            rx.el.ul(rx.foreach(State.exams, _exam), class_name="exam-list"),
            empty("calendar", "No such exam", "Look for a part of a title, or publish the exam."),
        ),
        pager(State.has_previous, State.previous_page, State.has_next, State.next_page),
    )


def _exam(exam: ShownOffer) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.text(exam.title, weight="bold", class_name="wrap"),
            rx.el.small(
                exam.code,
                " · ",
                exam.facts,
                rx.cond(
                    exam.opens_at != "",
                    rx.fragment(" · opens ", moment(exam.opens_at, _WHEN)),
                    "",
                ),
                rx.cond(
                    exam.closes_at != "",
                    rx.fragment(" · closes ", moment(exam.closes_at, _WHEN)),
                    "",
                ),
                class_name="muted",
            ),
        ),
        _form(exam.id, "Choose", "primary-button", exam.title),
        custom_attrs={"data-exam": exam.id},
    )


def _form(exam_id: str, words: str, class_name: str, about: str) -> rx.Component:
    """Not by fetch: what it is answered with goes on to the platform by itself."""
    return plain_form(
        rx.el.input(type="hidden", name="choice", value=State.choice),
        rx.el.input(type="hidden", name="exam_id", value=exam_id),
        rx.el.button(
            words,
            rx.el.span(": ", about, class_name="only-read"),
            type="submit",
            class_name=class_name,
        ),
        action="/lti/choose",
        method="post",
    )
