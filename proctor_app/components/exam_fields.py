"""The fields of an exam's pages, each bound to its place in the editor's State."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from proctor_app.components.autosave import auto_field
from proctor_app.components.layout import panel
from proctor_app.state.exam_editor import ExamEditorState as State


def exam_field(name: str, label: str, hint: str = "", **attributes: Any) -> rx.Component:
    """One field of the exam, by its name in ``exam_fields``."""
    return auto_field(
        name=name,
        label=label,
        hint=hint,
        value=State.fields[name],
        problem=State.field_problems.get(name, ""),
        acked=State.acked,
        disabled=State.exam.is_practice,
        on_save=State.set_field,
        **attributes,
    )


def exam_switch(name: str, label: str, hint: str = "", **attributes: Any) -> rx.Component:
    return exam_field(name, label, hint, kind="switch", **attributes)


def exam_choice(
    name: str, label: str, choices: Mapping[Any, str], hint: str = "", **attributes: Any
) -> rx.Component:
    """choices: values with their words, in order."""
    pairs = [[str(key), words] for key, words in choices.items()]
    return exam_field(name, label, hint, kind="select", choices=pairs, **attributes)


def described(words: Mapping[Any, Any], chosen: str) -> rx.Component:
    """What the chosen one of some values means."""
    cases = [(key.value, one.text) for key, one in words.items()]
    return rx.el.p(rx.match(chosen, *cases, ""), class_name="muted choice-text")


def section(title: str, *children: rx.Component, note: str = "") -> rx.Component:
    """A panel of fields; note: when a change of them takes effect."""
    return panel(
        rx.el.div(
            rx.heading(title, size="3", as_="h3"),
            rx.el.small(note, class_name="muted") if note else rx.fragment(),
            class_name="section-head",
        ),
        *children,
        class_name="fields-panel",
    )
