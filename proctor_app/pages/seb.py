"""The page before an exam that is sat in Safe Exam Browser: the way in, or on."""

import reflex as rx

from proctor_app.components.layout import chip, empty, panel, shell, skeleton
from proctor_app.components.seb_check import seb_check
from proctor_app.state.seb import SebState


def page() -> rx.Component:
    return shell(
        "Safe Exam Browser",
        SebState.viewer,
        rx.cond(
            SebState.loaded,
            rx.cond(SebState.problem != "", _none(), _exam()),
            skeleton("320px"),
        ),
    )


def _exam() -> rx.Component:
    return panel(
        rx.heading(SebState.title, size="5", as_="h2", class_name="wrap"),
        rx.cond(
            SebState.is_entered,
            _on(),
            rx.fragment(
                rx.text(
                    "This exam is sat in Safe Exam Browser, a browser that shows nothing but the "
                    "exam until it is over."
                ),
                seb_check(
                    route=SebState.route,
                    file=SebState.file,
                    login_tag=SebState.login_tag,
                    on_entered=SebState.entered,
                ),
                rx.link("Back to my exams", href="/dashboard"),
            ),
        ),
        class_name="stack calm seb-page",
    )


def _on() -> rx.Component:
    words = rx.cond(
        SebState.is_required,
        chip("ok", "This is the exam's Safe Exam Browser"),
        chip("none", "This exam is sat in any browser"),
    )
    return rx.fragment(
        rx.box(words, role="status"),
        rx.el.p(SebState.refused, role="alert", class_name="form-problem"),
        rx.flex(
            rx.el.button(
                "Go on to the exam",
                type="button",
                id="seb-go-on",
                on_click=SebState.go_on,
                class_name="primary-button",
            ),
            rx.link("Back to my exams", href="/dashboard", class_name="plain-button"),
            gap="12px",
            wrap="wrap",
        ),
    )


def _none() -> rx.Component:
    return panel(
        empty(
            "circle-help",
            SebState.problem,
            rx.link("Back to my exams", href="/dashboard"),
        )
    )
