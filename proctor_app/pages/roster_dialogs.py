"""Dialogs of an exam's roster: what is granted to somebody, and taking them off."""

from collections.abc import Iterable

import reflex as rx

from proctor_app.components.dialogs import form_dialog, leave_button
from proctor_app.domain.incident import BROWSER_EVENTS, EventType
from proctor_app.state.roster import RosterState
from proctor_app.state.watching_words import EVENTS, PRESETS


def accommodations() -> rx.Component:
    return form_dialog(
        "Accommodations",
        "What this person gets in this exam. Extra time holds at once, also while they sit it.",
        RosterState.editing,
        RosterState.leave,
        rx.form(
            rx.el.p(RosterState.edited.email, class_name="strong wrap"),
            _extra_time(),
            _preset(),
            _check("may_pause", "May pause the exam", RosterState.edited.may_pause),
            _off("Not looked for", (kind for kind in EVENTS if kind not in BROWSER_EVENTS)),
            _off("Not noted of the browser", (kind for kind in EVENTS if kind in BROWSER_EVENTS)),
            rx.el.p(RosterState.edit_problem, role="alert", class_name="form-problem"),
            rx.box(
                leave_button(),
                rx.el.button("Keep", type="submit", class_name="primary-button"),
                class_name="dialog-actions",
            ),
            on_submit=RosterState.grant,
            key=f"edit {RosterState.epoch}",
            class_name="dialog-form",
        ),
        width="640px",
    )


def _extra_time() -> rx.Component:
    return rx.box(
        rx.el.label("Extra time", html_for="extra", class_name="field-label"),
        rx.el.span(
            rx.el.input(
                id="extra",
                name="extra_minutes",
                type="number",
                min=0,
                max=1440,
                default_value=RosterState.edited.extra_minutes.to_string(),  # type: ignore[attr-defined]
                class_name="field-input",
            ),
            rx.el.span("minutes", class_name="muted"),
            class_name="unit-line",
        ),
        class_name="auto-field",
    )


def _preset() -> rx.Component:
    return rx.box(
        rx.el.label("How soon incidents open", html_for="preset", class_name="field-label"),
        rx.el.select(
            rx.el.option("As in the exam", value=""),
            *(rx.el.option(one.name, value=key.value) for key, one in PRESETS.items()),
            id="preset",
            name="preset",
            default_value=RosterState.edited.preset,
            class_name="field-input",
        ),
        class_name="auto-field",
    )


def _off(title: str, kinds: Iterable[EventType]) -> rx.Component:
    is_off = RosterState.edited.detectors_off.contains  # type: ignore[attr-defined]
    return rx.el.fieldset(
        rx.el.legend(title, class_name="field-label"),
        rx.box(
            *(_check(f"off.{kind.value}", EVENTS[kind], is_off(kind.value)) for kind in kinds),
            class_name="switch-columns",
        ),
        class_name="plain-fieldset",
    )


def _check(name: str, words: str, is_on: bool) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, default_checked=is_on),
        rx.el.span(words),
        class_name="switch-line",
    )


def remove() -> rx.Component:
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title("Take off the roster?"),
            rx.alert_dialog.description(
                RosterState.edited.email,
                " loses what is granted here. Attempts they have had stay.",
            ),
            rx.box(
                rx.alert_dialog.cancel(
                    rx.el.button("Cancel", type="button", class_name="plain-button")
                ),
                rx.el.button(
                    "Take off",
                    type="button",
                    id="remove-really",
                    on_click=RosterState.remove,
                    class_name="grave-button",
                ),
                class_name="dialog-actions",
            ),
            max_width="440px",
        ),
        open=RosterState.removing,
        on_open_change=RosterState.leave,
    )
