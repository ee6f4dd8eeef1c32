"""Dialogs: one that asks before something is done, and one around a form."""

from typing import Any

import reflex as rx

from proctor_app.state.people_words import Question


def confirm_dialog(
    asking: bool, asked: Question, busy: bool, on_confirm: Any, on_close: Any
) -> rx.Component:
    """Says what will happen and waits for a yes."""
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(asked.title),
            rx.alert_dialog.description(asked.text),
            rx.flex(
                rx.alert_dialog.cancel(
                    rx.el.button("Cancel", type="button", class_name="plain-button")
                ),
                rx.el.button(
                    rx.cond(busy, "One moment …", asked.label),
                    type="button",
                    id="confirm",
                    on_click=on_confirm,
                    disabled=busy,
                    class_name=rx.cond(asked.is_grave, "grave-button", "primary-button"),
                ),
                gap="12px",
                justify="end",
                margin_top="20px",
                wrap="wrap",
            ),
            max_width="480px",
        ),
        open=asking,
        on_open_change=on_close,
    )


def form_dialog(
    title: str,
    text: str,
    is_open: bool,
    on_change: Any,
    *children: rx.Component,
    width: str = "520px",
) -> rx.Component:
    """A dialog with a form of its own; text: read out with the title."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(title),
            rx.dialog.description(text, class_name="muted", margin_bottom="16px"),
            *children,
            max_width=width,
        ),
        open=is_open,
        on_open_change=on_change,
    )


def leave_button(words: str = "Cancel") -> rx.Component:
    return rx.dialog.close(rx.el.button(words, type="button", class_name="plain-button"))
