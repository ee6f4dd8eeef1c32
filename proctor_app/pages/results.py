"""What an exam came to: the score, and each question with the answer, the right one and why."""

import reflex as rx

from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.pages.results_incidents import noted, verdict
from proctor_app.state.results import ResultsState, ShownChoice, ShownResult


def page() -> rx.Component:
    return shell(
        "Results",
        ResultsState.viewer,
        rx.cond(
            ResultsState.loaded,
            rx.cond(ResultsState.problem != "", _problem(), _results()),
            skeleton("320px"),
        ),
    )


def _problem() -> rx.Component:
    return panel(
        empty("circle-help", "There is nothing to show", ResultsState.problem),
        _back(),
        class_name="results",
    )


def _results() -> rx.Component:
    return rx.box(
        _head(),
        verdict(),
        rx.cond(
            ResultsState.questions,
            rx.el.ol(rx.foreach(ResultsState.questions, _question), class_name="result-list"),
            rx.fragment(),
        ),
        noted(),
        class_name="results stack",
    )


def _head() -> rx.Component:
    score = rx.cond(
        ResultsState.score != "",
        rx.box(
            rx.el.span(ResultsState.score, class_name="score figures"),
            rx.el.span(" points · ", ResultsState.percent, class_name="muted figures"),
        ),
        rx.text("Not everything is marked yet.", class_name="muted"),
    )
    return panel(
        rx.heading(ResultsState.title, size="5", as_="h2"),
        rx.text(
            ResultsState.status,
            " · ",
            moment(ResultsState.ended_at, "YYYY-MM-DD HH:mm"),
            class_name="muted",
        ),
        rx.cond(
            ResultsState.is_exam,
            rx.fragment(
                rx.cond(
                    ResultsState.is_released,
                    score,
                    rx.text(ResultsState.next_words, id="what-next"),
                ),
                rx.cond(
                    ResultsState.key_words != "",
                    rx.text(ResultsState.key_words, id="when-key", class_name="muted"),
                    rx.fragment(),
                ),
                rx.text("Receipt ", rx.el.code(ResultsState.receipt.code), class_name="muted"),
            ),
            rx.fragment(),
        ),
        _back(),
        class_name="stack",
    )


def _back() -> rx.Component:
    return rx.link("Back to my exams", href="/dashboard")


def _question(one: ShownResult) -> rx.Component:
    written = rx.el.dl(
        rx.el.dt("Your answer"),
        rx.el.dd(rx.cond(one.answer != "", one.answer, "none"), class_name="as-written"),
        rx.cond(
            one.right != "",
            rx.fragment(rx.el.dt("Right"), rx.el.dd(one.right)),
            rx.fragment(),
        ),
        class_name="facts",
    )
    return rx.el.li(
        rx.flex(
            rx.heading("Question ", one.number, size="3", as_="h3"),
            chip(one.verdict.kind, one.verdict.text),
            rx.spacer(),
            rx.el.span(one.points, class_name="figures strong"),
            class_name="row",
        ),
        rx.html(one.html, class_name="markup"),
        rx.cond(
            one.choices,
            rx.el.ul(rx.foreach(one.choices, _choice), class_name="choices"),
            written,
        ),
        rx.cond(
            one.comment != "",
            rx.box(rx.el.b("Comment: "), one.comment, class_name="as-written"),
            rx.fragment(),
        ),
        rx.cond(
            one.explanation != "",
            rx.box(
                rx.el.b("Explanation"),
                rx.html(one.explanation, class_name="markup"),
                class_name="explanation",
            ),
            rx.fragment(),
        ),
        class_name="panel",
    )


def _choice(choice: ShownChoice) -> rx.Component:
    words = rx.cond(
        choice.is_chosen,
        rx.cond(choice.is_right, "your answer, right", "your answer, not right"),
        rx.cond(choice.is_right, "would be right", ""),
    )
    icon = rx.cond(
        choice.is_chosen,
        rx.cond(choice.is_right, rx.icon("circle-check", size=18), rx.icon("circle-x", size=18)),
        rx.cond(choice.is_right, rx.icon("check", size=18), rx.icon("circle", size=18)),
    )
    look = rx.cond(choice.is_right, "is-right", rx.cond(choice.is_chosen, "is-wrong", "is-other"))
    return rx.el.li(
        icon,
        rx.html(choice.html, class_name="markup"),
        rx.el.small(words),
        class_name=look,
    )
