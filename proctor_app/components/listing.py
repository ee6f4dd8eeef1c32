"""What every list of an admin has around it: choices above, pages below, words where it fails."""

from collections.abc import Mapping
from typing import Any

import reflex as rx


def choice(
    label: str, value: str, options: Mapping[str, str], on_change: Any, class_name: str = ""
) -> rx.Component:
    """A labelled list to choose from; options: values with their words, in order."""
    return rx.el.label(
        rx.el.span(label, class_name="only-read"),
        rx.el.select(
            *(rx.el.option(words, value=key) for key, words in options.items()),
            value=value,
            on_change=on_change,
            class_name="field-input",
        ),
        class_name=f"choice {class_name}",
    )


def search_box(
    label: str, placeholder: str, on_change: Any, *, key: Any, value: Any = ""
) -> rx.Component:
    """A field that searches while it is typed into; value: what it begins with, each time that the
    key is another one."""
    return rx.el.label(
        rx.el.span(label, class_name="only-read"),
        rx.icon("search", size=16),
        rx.el.input(
            type="search",
            placeholder=placeholder,
            default_value=value,
            max_length=100,
            on_change=on_change.debounce(300),
            class_name="field-input",
            key=key,
        ),
        class_name="search-box",
    )


def pager(
    has_previous: bool,
    on_previous: Any,
    has_next: bool,
    on_next: Any,
    *,
    previous: str = "Previous",
    following: str = "Next",
) -> rx.Component:
    return rx.cond(
        has_previous | has_next,
        rx.el.nav(
            rx.el.button(
                rx.icon("chevron-left", size=16),
                previous,
                type="button",
                on_click=on_previous,
                disabled=rx.cond(has_previous, False, True),
                class_name="plain-button",
            ),
            rx.el.button(
                following,
                rx.icon("chevron-right", size=16),
                type="button",
                on_click=on_next,
                disabled=rx.cond(has_next, False, True),
                class_name="plain-button",
            ),
            class_name="pager",
            aria_label="Pages",
        ),
        rx.fragment(),
    )


def failed(problem: str, on_retry: Any, title: str = "The list can't be shown") -> rx.Component:
    """What happened, and a way to try again."""
    return rx.flex(
        rx.icon("triangle-alert", size=28, color="var(--amber-11)"),
        rx.text(title, weight="bold"),
        rx.text(problem, class_name="muted"),
        rx.el.button("Try again", type="button", on_click=on_retry, class_name="plain-button"),
        class_name="empty",
        role="alert",
    )
