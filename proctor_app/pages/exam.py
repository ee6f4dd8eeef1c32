"""The candidate's exam page: the exam in the middle, monitoring small at the side."""

import reflex as rx

from proctor_app.components.browser_watch import browser_watch
from proctor_app.components.exam_sheet import exam_bar, exam_sheet, last_post
from proctor_app.components.layout import (
    chip,
    moment,
    offline,
    page_header,
    panel,
    skeleton,
)
from proctor_app.pages import exam_check
from proctor_app.pages.exam_session import begin_session, running, session_over
from proctor_app.pages.exam_side import noted, side
from proctor_app.state.exam import ExamState


def page() -> rx.Component:
    return rx.box(
        rx.cond(ExamState.phase == "sitting", _bar(), _header()),
        rx.el.main(
            rx.box(
                rx.el.section(_middle(), class_name="exam-middle"),
                side(),
                class_name="exam-grid exam-" + ExamState.phase,
            ),
            class_name="page-main",
        ),
    )


def _middle() -> rx.Component:
    return rx.match(
        ExamState.phase,
        ("notice", rx.cond(ExamState.is_exam, _notice(), begin_session())),
        ("check", exam_check.check()),
        ("waiting", exam_check.waiting()),
        ("sitting", _sheet()),
        ("running", running()),
        ("paused", _paused()),
        ("replaced", _replaced()),
        ("ended", rx.cond(ExamState.is_exam, _ended(), session_over(noted()))),
        skeleton("320px"),
    )


def _bar() -> rx.Component:
    watched = offline(chip("ok", "Monitoring"), instead=rx.fragment())
    return exam_bar(
        rx.cond(ExamState.level != "none", watched, rx.fragment()),
        rx.color_mode.button(size="2", aria_label="Light or dark"),
        user_id=ExamState.user_id,
        attempt_id=ExamState.attempt_id,
        title=ExamState.title,
        clock=ExamState.clock,
    )


def _header() -> rx.Component:
    clock = rx.flex(
        offline(chip("ok", "Monitoring"), instead=rx.fragment()),
        rx.text(ExamState.remaining, size="5", weight="bold", class_name="figures", role="timer"),
        align="center",
        gap="16px",
    )
    return page_header(
        rx.cond(ExamState.title != "", ExamState.title, "Monitored session"),
        ExamState.viewer,
        rx.cond(ExamState.phase == "running", clock, rx.fragment()),
    )


def _sheet() -> rx.Component:
    return rx.fragment(
        rx.cond(
            ExamState.level != "none",
            browser_watch(
                user_id=ExamState.user_id,
                attempt_id=ExamState.attempt_id,
                fullscreen=ExamState.fullscreen,
            ),
            rx.fragment(),
        ),
        exam_sheet(
            paper=ExamState.paper,
            holder=ExamState.holder,
            beats=ExamState.level != "none",
            on_news=ExamState.told,
        ),
    )


def _notice() -> rx.Component:
    return panel(
        rx.heading("Before you begin", size="5", as_="h2"),
        rx.text(ExamState.facts, class_name="muted", margin_bottom="12px"),
        rx.el.dl(
            rx.foreach(
                ExamState.notices,
                lambda one: rx.fragment(rx.el.dt(one[0]), rx.el.dd(one[1])),
            ),
            class_name="notice-terms",
        ),
        rx.el.label(
            rx.checkbox(checked=ExamState.agreed, on_change=ExamState.agree, id="agree", size="3"),
            rx.text("I have read this and agree to it for this exam."),
            html_for="agree",
            class_name="agree",
        ),
        rx.button(
            "Continue",
            on_click=ExamState.start,
            disabled=~ExamState.agreed,
            size="3",
            id="start",
        ),
        rx.el.small(
            "Version ", ExamState.notice_version, " of this notice", class_name="muted version"
        ),
        padding="32px",
    )


def _paused() -> rx.Component:
    by_self = rx.el.button(
        "Go on", type="button", id="resume", on_click=ExamState.resume, class_name="primary-button"
    )
    return panel(
        rx.heading("The exam is paused", size="5", as_="h2"),
        rx.text(rx.cond(ExamState.may_resume, "You are taking a break.", ExamState.why)),
        rx.text(
            "Your time stands still, and nothing is watched. What you have answered is saved.",
            class_name="muted",
        ),
        rx.cond(
            ExamState.may_resume,
            by_self,
            rx.text("A proctor lets it go on; this page then goes on by itself.", role="status"),
        ),
        class_name="stack calm",
    )


def _replaced() -> rx.Component:
    taken = rx.fragment(
        rx.heading("The exam goes on in another window", size="5", as_="h2"),
        rx.text(
            "It was opened there after this one. What you have answered is saved. Only one window "
            "at a time sits an exam; that it was opened twice is noted.",
            class_name="muted",
        ),
        _again("Go on here"),
    )
    kept = rx.fragment(
        rx.heading("The exam is open in another window", size="5", as_="h2"),
        rx.text(
            "This exam stays in the window where it was begun. Close that one, then try again.",
            class_name="muted",
        ),
        _again("Try again"),
    )
    return panel(rx.cond(ExamState.refused, kept, taken), class_name="stack calm")


def _again(words: str) -> rx.Component:
    return rx.el.button(
        words,
        type="button",
        id="take-over",
        on_click=ExamState.take_over,
        class_name="primary-button",
    )


def _ended() -> rx.Component:
    receipt = ExamState.receipt
    return panel(
        rx.flex(
            rx.icon("circle-check", size=28, color="var(--green-11)", flex="none"),
            rx.heading("The exam is over", size="5", as_="h2"),
            align="center",
            gap="12px",
        ),
        rx.text(receipt.how),
        last_post(
            user_id=ExamState.user_id,
            attempt_id=ExamState.attempt_id,
            holder=ExamState.holder,
            on_sent=ExamState.told,
        ),
        rx.el.dl(
            _fact("Receipt", rx.el.code(receipt.code, id="receipt")),
            _fact("Ended", moment(receipt.at, "YYYY-MM-DD HH:mm:ss [UTC]Z")),
            _fact("Answered", receipt.answered),
            class_name="facts",
        ),
        rx.text(ExamState.next_words, class_name="muted"),
        rx.flex(
            rx.cond(
                ExamState.is_released,
                rx.link(
                    "See the results",
                    href="/results/" + ExamState.attempt_id,
                    class_name="primary-button",
                    underline="none",
                ),
                rx.fragment(),
            ),
            rx.link("Back to my exams", href="/dashboard", class_name="plain-button"),
            gap="12px",
            wrap="wrap",
        ),
        class_name="stack calm",
    )


def _fact(name: str, value: object) -> rx.Component:
    return rx.fragment(rx.el.dt(name), rx.el.dd(value))
