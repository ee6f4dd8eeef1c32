"""Before an exam: what must work, where the candidate looks, who the candidate is."""

import reflex as rx

from proctor_app.components.exam_sheet import countdown
from proctor_app.components.layout import chip, moment, panel
from proctor_app.components.system_check import system_check
from proctor_app.state.exam import ExamState

_WHEN = "dddd, D MMMM YYYY, HH:mm [UTC]Z"
_STEPS = {"check": "Check", "calibration": "Calibration", "identity": "Identity", "ready": "Begin"}


def check() -> rx.Component:
    return panel(
        _steps(),
        rx.match(
            ExamState.step,
            ("calibration", _calibration()),
            ("identity", _identity()),
            ("ready", _ready()),
            _check(),
        ),
        class_name="check-panel",
    )


def waiting() -> rx.Component:
    return panel(
        rx.heading("The exam is not open yet", size="5", as_="h2"),
        rx.text("It opens on ", rx.el.b(moment(ExamState.opens_at, _WHEN)), "."),
        countdown(clock=ExamState.opens, on_over=ExamState.begin, id="opens-in"),
        rx.text(
            "Everything is checked. Leave this page open: the exam begins by itself, and its time "
            "runs from then on.",
            class_name="muted",
        ),
        rx.el.button(
            "Check everything again",
            type="button",
            on_click=ExamState.check_again,
            class_name="plain-button",
        ),
        class_name="stack check-panel",
    )


def _steps() -> rx.Component:
    shown = [
        rx.el.li(
            words,
            aria_current=rx.cond(ExamState.step == name, "step", "false"),
            class_name=rx.cond(ExamState.step == name, "step-now", ""),
        )
        for name, words in _STEPS.items()
    ]
    camera = rx.cond(ExamState.uses_camera, shown[1], rx.fragment())
    identity = rx.cond(ExamState.needs_identity | ExamState.is_identified, shown[2], rx.fragment())
    return rx.el.ol(shown[0], camera, identity, shown[3], class_name="check-steps")


def _check() -> rx.Component:
    blocked = ExamState.uses_camera & (ExamState.camera != "live")
    return rx.box(
        rx.heading("Is everything ready?", size="5", as_="h2"),
        rx.text(
            "Nothing here keeps you out but a missing camera; what could be better says how.",
            class_name="muted",
        ),
        system_check(
            items=rx.cond(ExamState.uses_camera, ExamState.checks, []),
            watched=ExamState.level != "none",
            fullscreen=ExamState.fullscreen,
        ),
        rx.el.button(
            "Continue",
            type="button",
            id="go-on",
            disabled=rx.cond(blocked, True, False),
            on_click=ExamState.go_on,
            class_name="primary-button",
        ),
        rx.cond(
            blocked,
            rx.text("The camera must run before you can go on.", class_name="muted"),
            rx.fragment(),
        ),
        class_name="stack",
    )


def _calibration() -> rx.Component:
    done = ExamState.is_calibrated
    ring = rx.box(
        rx.box(class_name="ring-dot"),
        class_name="ring",
        role="progressbar",
        custom_attrs={
            "aria-label": "Calibration",
            "aria-valuenow": rx.cond(done, 100, ExamState.progress),
            "aria-valuemin": "0",
            "aria-valuemax": "100",
        },
        style={
            "background": "conic-gradient(var(--accent-9) "
            + rx.cond(done, 100, ExamState.progress).to_string()
            + "%, var(--gray-5) 0)"
        },
    )
    return rx.box(
        rx.heading("Look at the dot", size="5", as_="h2"),
        rx.text(
            "For about three seconds, sitting as you will sit during the exam. Whoever sits at an "
            "angle, or has a camera at the side, is then not taken for looking away.",
            class_name="muted",
        ),
        ring,
        rx.text(
            rx.cond(done, "Done.", rx.cond(ExamState.is_busy, ExamState.guide, "")),
            aria_live="polite",
            class_name="ring-words",
        ),
        rx.cond(
            done,
            _actions(_go_on("Continue"), _button("Do it again", ExamState.calibrate, "calibrate")),
            _actions(
                _primary("Start", ExamState.calibrate, "calibrate", ExamState.is_busy),
                _go_on("Leave it out", "plain-button"),
            ),
        ),
        class_name="stack",
    )


def _identity() -> rx.Component:
    return rx.box(
        rx.heading("Is it you?", size="5", as_="h2"),
        rx.text(
            "Three pictures are compared with the face you enrolled, and forgotten. Whatever comes "
            "of it, you can sit the exam.",
            class_name="muted",
        ),
        rx.box(
            rx.cond(ExamState.is_busy, rx.text("Look at the camera …"), rx.fragment()),
            rx.cond(
                ExamState.outcome.text != "",
                chip(ExamState.outcome.kind, ExamState.outcome.text),
                rx.fragment(),
            ),
            aria_live="polite",
            class_name="outcome",
        ),
        rx.cond(
            ExamState.is_identified,
            _actions(_go_on("Continue")),
            _actions(_primary("Compare", ExamState.compare, "compare", ExamState.is_busy)),
        ),
        class_name="stack",
    )


def _ready() -> rx.Component:
    return rx.box(
        rx.heading("Ready", size="5", as_="h2"),
        rx.text("Your time begins when you press the button: ", rx.el.b(ExamState.facts), "."),
        rx.el.ul(
            rx.el.li("Answers are saved by themselves, also while the network is away."),
            rx.el.li("You can go back and forth, and flag what you want to look at again."),
            rx.el.li("After a reload, or on another device, you go on where you were."),
            class_name="notice-list",
        ),
        _actions(
            _primary("Begin the exam", ExamState.begin, "begin", False),
            _button("Check again", ExamState.check_again, "check-again"),
        ),
        class_name="stack",
    )


def _actions(*buttons: rx.Component) -> rx.Component:
    return rx.flex(*buttons, gap="12px", wrap="wrap")


def _go_on(words: str, look: str = "primary-button") -> rx.Component:
    return rx.el.button(words, type="button", id="go-on", on_click=ExamState.go_on, class_name=look)


def _primary(words: str, on_click: object, own_id: str, busy: object) -> rx.Component:
    return rx.el.button(
        words,
        type="button",
        id=own_id,
        on_click=on_click,
        disabled=rx.cond(busy, True, False),
        class_name="primary-button",
    )


def _button(words: str, on_click: object, own_id: str) -> rx.Component:
    return rx.el.button(
        words, type="button", id=own_id, on_click=on_click, class_name="plain-button"
    )
