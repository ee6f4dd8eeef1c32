"""A forgotten password: ask for a link, and choose a new password by it."""

import reflex as rx

from proctor_app.components.forms import field, http_form
from proctor_app.components.layout import logged_out_shell
from proctor_app.components.password import password_with_meter


def forgot() -> rx.Component:
    return logged_out_shell(
        rx.heading("Forgot the password?", size="5", as_="h1", margin_bottom="8px"),
        rx.text(
            "We send a link to your e-mail address. It is good once, for 30 minutes.",
            class_name="muted",
            margin_bottom="16px",
        ),
        http_form(
            field("E-mail", "email", type="email", required=True, auto_complete="username"),
            rx.el.button("Send the link", type="submit", class_name="primary-button wide"),
            action="/api/v1/auth/password/forgot",
            as_json=True,
            leads_to="",
            done_text="If there is an account with this address, the link is on its way to it.",
            busy_text="Sending",
        ),
        rx.text(rx.link("Back to the log-in", href="/login"), margin_top="8px"),
    )


def reset() -> rx.Component:
    """The link's token stands behind the # of the address: no server's log sees it."""
    return logged_out_shell(
        rx.heading("Choose a new password", size="5", as_="h1", margin_bottom="8px"),
        rx.text(
            "All sessions of your account will end; then you log in with the new password.",
            class_name="muted",
            margin_bottom="16px",
        ),
        http_form(
            password_with_meter(label="New password"),
            rx.el.button("Set the password", type="submit", class_name="primary-button wide"),
            action="/api/v1/auth/password/reset",
            as_json=True,
            fragment="token",
            leads_to="/login",
            busy_text="Setting the password",
        ),
        rx.text(rx.link("Ask for a new link", href="/forgot-password"), margin_top="8px"),
    )
