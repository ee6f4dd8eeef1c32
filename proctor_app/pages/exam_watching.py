"""What is watched while an exam is sat: how much, by which rules, and what follows."""

import reflex as rx

from proctor_app.components.exam_fields import (
    described,
    exam_choice,
    exam_field,
    exam_switch,
    section,
)
from proctor_app.components.exam_frame import exam_frame
from proctor_app.domain.incident import EventType
from proctor_app.state.exam_editor import ExamEditorState as State
from proctor_app.state.exam_fields import RULES
from proctor_app.state.watching_words import (
    EVENTS,
    LEVELS,
    POLICIES,
    PRESETS,
    SECOND_DEVICES,
    SIGNALS,
    THINGS,
)

_DRAFT = "Reaches candidates when it is published"


def page() -> rx.Component:
    fields = State.fields
    has_camera = fields["level"] == "camera"
    return exam_frame(
        "Watching",
        rx.box(
            _level(),
            rx.cond(has_camera, _camera(), rx.fragment()),
            rx.cond(fields["level"] != "none", _browser(), rx.fragment()),
            class_name="fields-grid",
        ),
        rx.cond(has_camera, _rules(), rx.fragment()),
        rx.cond(fields["level"] != "none", _signals(), rx.fragment()),
    )


def _level() -> rx.Component:
    fields = State.fields
    return section(
        "How much",
        exam_choice("level", "What is watched", {key: one.name for key, one in LEVELS.items()}),
        described(LEVELS, fields["level"]),
        exam_choice(
            "preset",
            "How soon incidents open",
            {key: one.name for key, one in PRESETS.items()},
        ),
        described(PRESETS, fields["preset"]),
        note=_DRAFT,
    )


def _camera() -> rx.Component:
    return section(
        "Camera",
        exam_switch(
            "identity_check",
            "Compare the face with the one signed up",
            "Before the exam and every few seconds. A face that can't be compared holds nobody up.",
        ),
        rx.el.fieldset(
            rx.el.legend("Not allowed on the desk", class_name="field-label"),
            rx.el.small(
                "Phones have a rule of their own. Take laptops off the list if candidates use "
                "a camera that can see theirs.",
                class_name="muted field-hint",
            ),
            rx.box(
                *(exam_switch(f"forbidden.{thing}", words) for thing, words in THINGS.items()),
                class_name="switch-columns",
            ),
            class_name="plain-fieldset",
        ),
        note=_DRAFT,
    )


def _browser() -> rx.Component:
    return section(
        "Browser",
        exam_switch(
            "fullscreen",
            "Ask for the full screen",
            "Candidates whose browser has none can sit the exam all the same.",
        ),
        exam_choice(
            "second_device",
            "If the exam is opened in a second window or on a second device",
            SECOND_DEVICES,
        ),
        note=_DRAFT,
    )


def _rules() -> rx.Component:
    return section(
        "Rules of the camera",
        rx.el.p(
            "An incident opens once something was seen for as many seconds without a break. Points "
            "are what a long one takes from the compliance, which only says where to look first: "
            "verdicts are people's to give. Empty fields follow the preset.",
            class_name="muted",
        ),
        rx.box(*(_rule(event_type) for event_type in RULES), class_name="rules"),
        note=_DRAFT,
    )


def _rule(event_type: EventType) -> rx.Component:
    name, words = f"rule.{event_type.value}", EVENTS[event_type]
    is_on = State.fields[f"{name}.is_on"] == "true"
    numbers = rx.box(
        exam_field(
            f"{name}.hold_s",
            f"{words}: seconds",
            hide_label=True,
            unit="s",
            max_length=8,
            placeholder=State.standard[f"{name}.hold_s"],
        ),
        exam_field(
            f"{name}.points",
            f"{words}: points",
            hide_label=True,
            unit="points",
            max_length=8,
            placeholder=State.standard[f"{name}.points"],
        ),
        class_name="rule-numbers",
    )
    return rx.box(
        exam_switch(f"{name}.is_on", words),
        rx.cond(is_on, numbers, rx.el.span("Not looked for", class_name="muted")),
        class_name="rule",
        role="group",
        aria_label=words,
    )


def _signals() -> rx.Component:
    return section(
        "Signals of the browser",
        rx.el.p(
            "A browser's word is a claim: it is always kept, and this says what is made of it. A "
            "warning tells the candidate calmly what was seen; a pause lasts until a person lets "
            "them go on.",
            class_name="muted",
        ),
        rx.box(
            *(
                rx.box(
                    rx.box(
                        rx.el.span(words.name, class_name="strong"),
                        rx.el.small(words.text, class_name="muted"),
                        class_name="signal-words",
                    ),
                    exam_choice(f"signal.{kind.value}", words.name, POLICIES, hide_label=True),
                    class_name="signal",
                )
                for kind, words in SIGNALS.items()
            ),
            class_name="signals",
        ),
        note=_DRAFT,
    )
