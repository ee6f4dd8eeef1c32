"""Beside an exam: the camera and what it shows, what was noted, words with the proctors."""

import reflex as rx

from proctor_app.components.camera import camera
from proctor_app.components.layout import chip, empty, moment, offline, panel
from proctor_app.state.exam import ExamState
from proctor_app.state.shown import ShownIncident
from proctor_app.state.sitting_words import ShownMessage

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


def side() -> rx.Component:
    is_sat = ExamState.phase == "sitting"
    watched = ~ExamState.is_exam | (ExamState.level != "none")
    is_running = (ExamState.phase == "running") | is_sat
    is_noted = is_running & watched
    talks = is_running | (ExamState.phase == "paused")
    return rx.el.aside(
        rx.cond(ExamState.shows_camera, _camera(), rx.fragment()),
        _warning(),
        rx.cond(is_noted, panel(noted()), rx.fragment()),
        rx.cond(talks, _proctor(), rx.fragment()),
        rx.cond(
            is_sat & ExamState.may_pause,
            rx.el.button(
                "Take a break",
                type="button",
                id="pause",
                on_click=ExamState.pause,
                class_name="plain-button",
            ),
            rx.fragment(),
        ),
        class_name="side",
    )


def noted() -> rx.Component:
    return rx.box(
        rx.heading("Noted so far", size="3", as_="h2", margin_bottom="6px"),
        rx.cond(
            ExamState.incidents,
            rx.el.ul(rx.foreach(ExamState.incidents, _incident), class_name="noted"),
            empty("circle-check", "Nothing"),
        ),
        rx.el.small(
            "None of them decides anything by itself; only a person can give a verdict.",
            class_name="muted",
        ),
    )


def _warning() -> rx.Component:
    """Beside the question, so that the text neither moves nor is covered."""
    return rx.box(
        rx.cond(
            ((ExamState.phase == "sitting") | (ExamState.phase == "running"))
            & (ExamState.warning != ""),
            rx.box(
                rx.icon("triangle-alert", size=20),
                rx.text(ExamState.warning),
                rx.el.button(
                    "I have read this",
                    type="button",
                    id="read-warning",
                    on_click=ExamState.read_warning,
                    class_name="plain-button",
                ),
                class_name="warning-card",
            ),
            rx.fragment(),
        ),
        aria_live="polite",
        class_name="warning-place",
    )


def _camera() -> rx.Component:
    return panel(
        camera(
            sending=ExamState.is_sending,
            fps=ExamState.fps,
            transport=rx.cond(ExamState.phase == "check", "event", ExamState.transport),
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
    )


def _status_line() -> rx.Component:
    problems = [
        (word, _words(rx.fragment(chip("notice", title)), text))
        for word, (title, text) in _CAMERA_WORDS.items()
    ]
    live = rx.cond(
        (ExamState.phase == "running") | (ExamState.phase == "sitting"),
        _words(
            chip(ExamState.seen.kind, ExamState.seen.text),
            rx.cond(ExamState.trouble != "", ExamState.trouble, ExamState.advice),
        ),
        _words(chip("ok", "The camera works"), "Sit in the middle, your face well lit."),
    )
    return rx.match(ExamState.camera, ("live", live), *problems, rx.fragment())


def _words(head: rx.Component, text: str) -> rx.Component:
    return rx.box(head, rx.el.small(text, class_name="muted"))


def _incident(item: ShownIncident) -> rx.Component:
    lasted = rx.cond(item.is_open, "still going on", item.lasted)
    return rx.el.li(
        chip(item.kind, item.event),
        rx.el.small(moment(item.at), " · ", lasted, class_name="muted"),
        rx.el.small(item.explained),
    )


def _proctor() -> rx.Component:
    return panel(
        rx.heading("Proctor", size="3", as_="h2", margin_bottom="6px"),
        rx.el.ul(
            rx.foreach(ExamState.messages, _message),
            class_name="messages",
            aria_live="polite",
        ),
        rx.form(
            rx.el.label("Write to the proctors", html_for="say", class_name="only-read"),
            rx.el.input(
                id="say",
                name="text",
                class_name="field-input",
                placeholder="Write to the proctors",
                max_length=1000,
                required=True,
                auto_complete="off",
            ),
            rx.el.button("Send", type="submit", id="send", class_name="plain-button"),
            on_submit=ExamState.send_message,
            reset_on_submit=True,
            class_name="say",
        ),
        class_name="proctor-panel",
    )


def _message(one: ShownMessage) -> rx.Component:
    return rx.el.li(
        rx.cond(one.kind == "warning", chip("notice", "Warning"), rx.fragment()),
        rx.text(one.text, class_name="wrap"),
        rx.el.small(one.by, " · ", moment(one.at, "HH:mm"), class_name="muted"),
        class_name=rx.cond(one.is_own, "is-own", ""),
    )
