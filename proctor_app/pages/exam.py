"""The candidate's exam page: the exam in the middle, monitoring small at the side."""

import reflex as rx

from proctor_app.components.camera import camera
from proctor_app.components.layout import chip, empty, moment, offline, panel, shell, skeleton
from proctor_app.state.exam import ExamState
from proctor_app.state.shown import ShownIncident

_CAMERA_WORDS = {
    "starting": ("Starting the camera", "Allow the camera if the browser asks."),
    "denied": (
        "The camera is not allowed",
        "Click the camera sign beside the address, allow the camera, then reload this page.",
    ),
    "missing": ("No camera was found", "Connect a camera; it is tried again by itself."),
    "busy": ("The camera is in use", "Close other programs that use it; it is tried again."),
    "lost": ("The camera was disconnected", "Connect it again; it is tried by itself."),
    "offline": ("The server can't be reached", "It is tried again by itself."),
    "replaced": (
        "This session goes on in another window",
        "Close the other window and reload this page to go on here.",
    ),
}


def page() -> rx.Component:
    return shell(
        "Monitored session",
        ExamState.viewer,
        rx.box(
            rx.el.section(
                rx.match(
                    ExamState.phase,
                    ("notice", _notice()),
                    ("running", _running()),
                    ("ended", _ended()),
                    skeleton("320px"),
                )
            ),
            rx.cond(ExamState.phase != "ended", _side(), rx.fragment()),
            class_name="exam-grid",
        ),
        right=rx.cond(ExamState.phase == "running", _clock(), rx.fragment()),
    )


def _clock() -> rx.Component:
    return rx.flex(
        offline(chip("ok", "Monitoring"), instead=rx.fragment()),
        rx.text(ExamState.remaining, size="5", weight="bold", class_name="figures", role="timer"),
        align="center",
        gap="16px",
    )


def _notice() -> rx.Component:
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
                "nothing by itself. A person looks at every incident and decides.",
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


def _running() -> rx.Component:
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


def _ended() -> rx.Component:
    return panel(
        rx.heading("The session has ended", size="5", as_="h2", margin_bottom="8px"),
        rx.text(ExamState.ended_as, class_name="muted", margin_bottom="16px"),
        _noted(),
        rx.link(
            "Back to my sessions", href="/dashboard", class_name="primary-button", underline="none"
        ),
        padding="32px",
    )


def _side() -> rx.Component:
    return rx.el.aside(
        panel(
            camera(
                sending=ExamState.phase == "running",
                fps=ExamState.fps,
                transport=ExamState.transport,
                user_id=ExamState.user_id,
                ticket=ExamState.ticket,
                acked=ExamState.acked,
                on_ticket=ExamState.ask_ticket,
                on_frame=ExamState.take_frame,
                on_status=ExamState.camera_changed,
                class_name="self-view",
                custom_attrs={"aria-label": "Your camera"},
            ),
            rx.box(offline(_status_line()), aria_live="polite", class_name="status-line"),
            class_name="camera-panel",
            padding="10px",
        ),
        rx.cond(ExamState.phase == "running", panel(_noted()), rx.fragment()),
        class_name="side",
    )


def _status_line() -> rx.Component:
    problems = [
        (word, _words(rx.fragment(chip("notice", title)), text))
        for word, (title, text) in _CAMERA_WORDS.items()
    ]
    live = rx.cond(
        ExamState.phase == "running",
        _words(
            chip(ExamState.seen.kind, ExamState.seen.text),
            rx.cond(ExamState.trouble != "", ExamState.trouble, ExamState.advice),
        ),
        _words(chip("ok", "The camera works"), "Sit in the middle, your face well lit."),
    )
    return rx.match(ExamState.camera, ("live", live), *problems, rx.fragment())


def _words(head: rx.Component, text: str) -> rx.Component:
    return rx.box(head, rx.el.small(text, class_name="muted"))


def _noted() -> rx.Component:
    return rx.box(
        rx.heading("Noted so far", size="3", as_="h2", margin_bottom="6px"),
        rx.cond(
            ExamState.incidents,
            rx.el.ul(rx.foreach(ExamState.incidents, _incident), class_name="noted"),
            empty("circle-check", "Nothing"),
        ),
        rx.el.small(
            "A person looks at every incident; none of them decides anything by itself.",
            class_name="muted",
        ),
        margin_bottom="16px",
    )


def _incident(item: ShownIncident) -> rx.Component:
    lasted = rx.cond(item.is_open, "still going on", item.lasted)
    return rx.el.li(
        chip(item.kind, item.event),
        rx.el.small(moment(item.at), " · ", lasted, class_name="muted"),
        rx.el.small(item.explained),
    )
