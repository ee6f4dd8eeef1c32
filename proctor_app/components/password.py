"""A field for a new password that says how strong it is while it is typed."""

import reflex as rx

from proctor_app.state.password_meter import PasswordMeterState

_SEGMENTS = 4
_RATE_AFTER_MS = 300
_HINT = "At least 8 characters; 15 or more are better. A sentence is fine."


def password_with_meter(
    name: str = "password", label: str = "Password", hint: str = _HINT
) -> rx.Component:
    """A labelled password field with its strength below, by bar and by words.

    Use it inside an ``http_form`` in place of ``field``; it is sent as the form's field ``name``,
    and the route judges it again. One on a page: all of them would show the same strength.
    """
    hint_id, strength_id = f"{name}-hint", f"{name}-strength"
    return rx.box(
        rx.el.label(label, html_for=name, class_name="field-label"),
        rx.el.input(
            id=name,
            name=name,
            type="password",
            required=True,
            min_length=8,
            auto_complete="new-password",
            class_name="field-input",
            on_change=PasswordMeterState.rate.debounce(_RATE_AFTER_MS),  # type: ignore[attr-defined]
            on_mount=PasswordMeterState.rate(""),  # type: ignore[operator]
            custom_attrs={"aria-describedby": f"{hint_id} {strength_id}"},
        ),
        rx.box(
            *(rx.el.span() for _ in range(_SEGMENTS)),
            class_name=f"meter meter-{PasswordMeterState.kind}",
            aria_hidden="true",
        ),
        rx.el.small(
            PasswordMeterState.words, id=strength_id, aria_live="polite", class_name="meter-words"
        ),
        rx.el.small(hint, id=hint_id, class_name="muted"),
        margin_bottom="12px",
    )
