"""The field for a code of the second factor."""

import reflex as rx

from proctor_app.components.forms import after_code, field


def code_field(*, focus: bool = False) -> rx.Component:
    """Six digits from an authenticator app; focus: as soon as the field appears."""
    return field(
        "Code",
        "code",
        hint="The six digits that your authenticator app shows now.",
        required=True,
        input_mode="numeric",
        auto_complete="one-time-code",
        max_length=16,
        auto_focus=focus,
    )


def code_if_asked() -> rx.Component:
    """Inside a log-in's ``http_form``: appears when the answer was that a code is needed."""
    return after_code(code_field(focus=True), codes="second_factor_required second_factor_wrong")
