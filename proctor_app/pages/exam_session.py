"""A monitored session without an exam: to try out how monitoring works."""

import reflex as rx

from proctor_app.components.layout import panel
from proctor_app.state.exam import ExamState


def begin_session() -> rx.Component:
    return panel(
        rx.heading("Before you begin", size="5", as_="h2", margin_bottom="12px"),
        rx.el.ul(
            rx.el.li(
                rx.el.b("What is recorded: "),
                "two pictures a second from your camera are looked at by a program on this "
                "server. Pictures are kept only of incidents. No sound, no screen.",
            ),
            rx.el.li(
                rx.el.b("What counts as an incident: "),
                "your face is missing, several people or a phone are in the picture, the picture "
                "is too poor, or pictures stop arriving.",
            ),
            rx.el.li(rx.el.b("Who sees it: "), "the proctors of this institution, and you."),
            rx.el.li(
                rx.el.b("What follows from it: "),
                "nothing by itself. People look at it, and only a person can give a verdict.",
            ),
            class_name="notice-list",
        ),
        rx.el.label(
            rx.checkbox(checked=ExamState.agreed, on_change=ExamState.agree, id="agree", size="3"),
            rx.text("I have read this and agree to being monitored during this session."),
            html_for="agree",
            class_name="agree",
        ),
        rx.button(
            "Start",
            on_click=ExamState.start,
            disabled=~ExamState.agreed | (ExamState.camera != "live"),
            size="3",
            id="start",
        ),
        rx.cond(
            ExamState.camera != "live",
            rx.text("The camera must run before you can start.", class_name="muted"),
            rx.fragment(),
        ),
        padding="32px",
    )


def running() -> rx.Component:
    return panel(
        rx.heading("Monitoring is running", size="5", as_="h2", margin_bottom="8px"),
        rx.text(
            "There are no questions in this session. Stay in the picture, alone and well lit. "
            "Whatever is noted appears at the side at once; you may reload this page at any time."
        ),
        rx.alert_dialog.root(
            rx.alert_dialog.trigger(rx.button("End the session", size="3", id="stop")),
            rx.alert_dialog.content(
                rx.alert_dialog.title("End the session?"),
                rx.alert_dialog.description("Monitoring stops. You can't go on afterwards."),
                rx.flex(
                    rx.alert_dialog.cancel(rx.button("Stay", variant="soft", color_scheme="gray")),
                    rx.alert_dialog.action(
                        rx.button("End it", on_click=ExamState.stop, id="stop-really")
                    ),
                    gap="12px",
                    justify="end",
                    margin_top="16px",
                ),
            ),
        ),
        class_name="stack",
        padding="32px",
    )


def session_over(noted: rx.Component) -> rx.Component:
    return panel(
        rx.heading("The session has ended", size="5", as_="h2", margin_bottom="8px"),
        rx.text(ExamState.ended_as, class_name="muted", margin_bottom="16px"),
        noted,
        rx.link(
            "Back to my exams",
            href="/dashboard",
            class_name="primary-button",
            underline="none",
            margin_top="16px",
        ),
        padding="32px",
    )
