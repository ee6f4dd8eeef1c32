"""Log-in by face: the e-mail, then a few seconds before the camera."""

import reflex as rx

from proctor_app.components.camera import camera
from proctor_app.components.forms import field
from proctor_app.components.handover import handover
from proctor_app.components.layout import chip, logged_out_shell, offline
from proctor_app.state.face_login import FaceLoginState

_STEPS = ("Look at the camera", "Do what is asked", "Look at the camera again")
_SIGNS = {
    "face": "scan-face",
    "left": "arrow-left",
    "right": "arrow-right",
    "eyes": "eye-closed",
    "mouth": "smile",
    "problem": "triangle-alert",
    "passed": "circle-check",
}
_CAMERA_WORDS = {
    "denied": "The camera is not allowed. Click the camera sign beside the address, allow it, then "
    "reload this page.",
    "missing": "No camera was found. Connect one; it is tried again by itself.",
    "busy": "The camera is in use. Close other programs that use it; it is tried again.",
    "lost": "The camera was disconnected. Connect it again; it is tried by itself.",
}


def page() -> rx.Component:
    return logged_out_shell(
        rx.heading("Log in by face", size="5", as_="h1", margin_bottom="16px"),
        rx.match(
            FaceLoginState.phase,
            ("camera", _camera()),
            ("over", _over()),
            ("entering", _entering()),
            _email(),
        ),
        rx.text(rx.link("Use your password instead", href="/login"), margin_top="16px"),
        width="480px",
    )


def _email() -> rx.Component:
    return rx.form(
        field("E-mail", "email", type="email", required=True, auto_complete="username"),
        rx.el.small(
            "For students with an enrolled face. Your camera is used for a few seconds: you are "
            "asked to turn your head, to close your eyes or to open your mouth, and your face is "
            "compared with the one you enrolled. No picture is kept.",
            class_name="muted",
        ),
        rx.el.button("Start the camera", type="submit", class_name="primary-button wide"),
        on_submit=FaceLoginState.ask,
    )


def _camera() -> rx.Component:
    problems = [(word, _notice(text)) for word, text in _CAMERA_WORDS.items()]
    return rx.box(
        camera(
            sending=FaceLoginState.sending,
            fps=FaceLoginState.fps,
            transport="event",
            acked=FaceLoginState.acked,
            on_frame=FaceLoginState.take_frame,
            on_status=FaceLoginState.camera_changed,
            class_name="self-view",
            custom_attrs={"aria-label": "Your camera, as in a mirror"},
        ),
        rx.box(
            offline(rx.match(FaceLoginState.camera, ("live", _guide()), *problems, _starting())),
            aria_live="assertive",
            class_name="asked",
        ),
        rx.el.ol(
            *[_step(number, text) for number, text in enumerate(_STEPS)], class_name="asked-steps"
        ),
    )


def _guide() -> rx.Component:
    signs = [(name, rx.icon(icon, size=40)) for name, icon in _SIGNS.items()]
    return rx.fragment(
        rx.match(FaceLoginState.sign, *signs, rx.icon("scan-face", size=40)),
        rx.text(FaceLoginState.words, class_name="asked-words", id="guidance"),
    )


def _starting() -> rx.Component:
    return rx.fragment(rx.spinner(), rx.text("Allow the camera if the browser asks."))


def _notice(text: str) -> rx.Component:
    return rx.fragment(chip("notice", "No picture"), rx.text(text))


def _step(number: int, text: str) -> rx.Component:
    behind = FaceLoginState.step > number
    return rx.el.li(
        rx.cond(behind, rx.icon("circle-check", size=16), rx.icon("circle", size=16)),
        text,
        rx.cond(behind, rx.el.span(" (done)", class_name="only-read"), rx.fragment()),
        class_name=rx.cond(behind, "asked-done", "asked-open"),
    )


def _over() -> rx.Component:
    return rx.box(
        rx.flex(
            rx.icon("circle-alert", size=24, flex="none"),
            rx.text(FaceLoginState.problem, id="problem"),
            gap="10px",
            align="start",
            margin_bottom="16px",
            role="alert",
        ),
        rx.el.ul(
            rx.el.li("Sit in the middle of the picture, your face well lit from the front."),
            rx.el.li("Be alone in the picture, and take off a cap or dark glasses."),
            rx.el.li("Do only what is asked, calmly; then look at the camera again."),
            class_name="notice-list",
        ),
        rx.el.button(
            "Try again",
            type="button",
            on_click=FaceLoginState.again,
            class_name="primary-button wide",
            id="again",
        ),
    )


def _entering() -> rx.Component:
    return rx.box(
        rx.flex(
            rx.icon("circle-check", size=24),
            rx.text("It is you. One moment …", role="status"),
            gap="10px",
            align="center",
        ),
        handover(action="/login/face/session", ticket=FaceLoginState.ticket),
    )
