"""Marking one exam: its questions, and the answers to one after the other."""

import reflex as rx

from proctor_app.components.dialogs import confirm_dialog
from proctor_app.components.exam_frame import exam_tabs
from proctor_app.components.layout import chip, empty, panel, shell, skeleton
from proctor_app.components.listing import failed
from proctor_app.components.mark_form import mark_form
from proctor_app.components.nav import desk_nav
from proctor_app.state.marking import MarkingState
from proctor_app.state.marking_words import ShownAnswer, ShownMarked


def page() -> rx.Component:
    return shell(
        "Marking",
        MarkingState.viewer,
        rx.cond(
            MarkingState.loaded,
            rx.cond(
                MarkingState.problem != "",
                panel(failed(MarkingState.problem, MarkingState.load, "This exam can't be shown")),
                rx.box(
                    _head(),
                    rx.cond(
                        MarkingState.is_admin,
                        exam_tabs("Marking", MarkingState.exam_id_shown),
                        rx.fragment(),
                    ),
                    rx.cond(MarkingState.attempts > 0, _desk(), panel(_nobody())),
                ),
            ),
            skeleton("560px"),
        ),
        confirm_dialog(
            MarkingState.asking,
            MarkingState.asked,
            MarkingState.busy,
            MarkingState.confirm,
            MarkingState.close,
        ),
        right=desk_nav("Marking"),
    )


def _nobody() -> rx.Component:
    return empty(
        "hourglass",
        "Nobody has finished this exam yet",
        "Answers appear here as soon as somebody has handed in.",
    )


def _head() -> rx.Component:
    return rx.box(
        rx.box(
            rx.heading(MarkingState.title, size="5", as_="h2", class_name="wrap"),
            rx.flex(
                rx.cond(
                    MarkingState.unmarked > 0,
                    chip("notice", f"{MarkingState.unmarked} to mark"),
                    rx.cond(MarkingState.attempts > 0, chip("ok", "All marked"), rx.fragment()),
                ),
                rx.cond(
                    MarkingState.are_results_out,
                    chip("ok", "Results released"),
                    chip("none", "Results not released"),
                ),
                rx.el.span(MarkingState.progress, class_name="muted figures", aria_live="polite"),
                gap="6px 12px",
                align="center",
                wrap="wrap",
            ),
            class_name="exam-head-words",
        ),
        rx.cond(MarkingState.is_admin & (MarkingState.attempts > 0), _release(), rx.fragment()),
        class_name="exam-head",
    )


def _release() -> rx.Component:
    def button(words: str, action: str, look: str) -> rx.Component:
        return rx.el.button(
            words,
            type="button",
            id="release",
            on_click=MarkingState.ask(action),  # type: ignore[operator]
            class_name=look,
        )

    return rx.box(
        rx.cond(
            MarkingState.are_results_out,
            button("Withdraw results", "withdraw_results", "plain-button"),
            button("Release results", "release_results", "primary-button"),
        ),
        class_name="exam-head-actions",
    )


def _desk() -> rx.Component:
    return rx.box(
        rx.el.nav(
            rx.el.ol(rx.foreach(MarkingState.questions, _listed), class_name="marking-list"),
            class_name="panel",
            aria_label="Questions",
        ),
        rx.box(_question(), _answers(), class_name="stack"),
        class_name="marking-grid",
    )


def _listed(one: ShownMarked) -> rx.Component:
    is_here = MarkingState.question.id == one.id
    return rx.el.li(
        rx.el.button(
            rx.el.span(one.number, class_name="question-place figures"),
            rx.el.span(
                rx.el.span(one.summary, class_name="strong clipped"),
                rx.el.small(one.kind, " · ", one.progress, class_name="muted figures"),
                class_name="question-summary",
            ),
            rx.cond(one.unmarked > 0, chip("notice", f"{one.unmarked} left"), chip("ok", "Done")),
            type="button",
            on_click=MarkingState.choose(one.id),  # type: ignore[operator]
            class_name="question-opener",
            custom_attrs={"aria-current": rx.cond(is_here, "true", "false")},
        ),
        key=one.id,
    )


def _question() -> rx.Component:
    shown = MarkingState.question
    return panel(
        rx.html(shown.html, class_name="question-text markup"),
        rx.cond(
            shown.right,
            rx.el.p(
                rx.el.span("Right: ", class_name="muted"),
                rx.foreach(shown.right, lambda text: rx.el.b(text, class_name="right-text wrap")),
            ),
            rx.fragment(),
        ),
    )


def _answers() -> rx.Component:
    return rx.box(
        rx.box(
            _switch(
                "Only what is not marked yet",
                MarkingState.only_unmarked,
                MarkingState.filter_unmarked,
            ),
            _switch("Show names", MarkingState.is_named, MarkingState.set_named),
            rx.spacer(),
            rx.el.small("Enter keeps the points and goes on", class_name="muted"),
            class_name="tools",
        ),
        rx.cond(
            MarkingState.answers,
            rx.el.ol(rx.foreach(MarkingState.answers, _answer), class_name="answers", id="answers"),
            panel(
                empty(
                    "circle-check",
                    "Nothing left here",
                    "Choose another question, or look at what is marked already.",
                )
            ),
        ),
        _pages(),
    )


def _switch(words: str, value: bool, on_change: object) -> rx.Component:
    return rx.el.label(
        rx.switch(checked=value, on_change=on_change, size="1"),
        rx.el.span(words),
        class_name="switch-line",
    )


def _answer(answer: ShownAnswer) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.cond(answer.candidate != "", answer.candidate, f"Answer {answer.number}"),
                class_name="strong wrap",
            ),
            class_name="answer-head",
        ),
        rx.cond(
            answer.lines,
            rx.foreach(answer.lines, lambda text: rx.el.div(text, class_name="answer-text")),
            rx.el.div("No answer", class_name="muted"),
        ),
        mark_form(
            attempt_id=answer.attempt_id,
            points=answer.points,
            comment=answer.comment,
            most=answer.most,
            saved=answer.saved,
            problem=answer.problem,
            on_give=MarkingState.give,
            key=f"{MarkingState.epoch} {answer.attempt_id}",
            class_name="mark-form",
        ),
        key=answer.attempt_id,
        class_name="panel",
        custom_attrs={"data-attempt": answer.attempt_id},
    )


def _pages() -> rx.Component:
    return rx.cond(
        MarkingState.has_next | ~MarkingState.is_first,
        rx.el.nav(
            rx.el.button(
                "From the first",
                type="button",
                on_click=MarkingState.first_page,
                disabled=MarkingState.is_first,
                class_name="plain-button",
            ),
            rx.el.button(
                "More answers",
                rx.icon("chevron-right", size=16),
                type="button",
                on_click=MarkingState.next_page,
                disabled=~MarkingState.has_next,
                class_name="plain-button",
            ),
            class_name="pager",
            aria_label="Pages",
        ),
        rx.fragment(),
    )
