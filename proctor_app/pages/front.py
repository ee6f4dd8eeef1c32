"""Front page and log-in."""

import reflex as rx

from proctor_app.components.forms import field, http_form
from proctor_app.components.layout import logged_out_shell
from proctor_app.components.second_factor import code_if_asked


def index() -> rx.Component:
    """Leads on at once; this is only seen for a moment."""
    return logged_out_shell(rx.flex(rx.spinner(), rx.text("One moment …"), gap="12px"))


def login() -> rx.Component:
    return logged_out_shell(
        rx.heading("Log in", size="5", as_="h1", margin_bottom="16px"),
        http_form(
            field("E-mail", "email", type="email", required=True, auto_complete="username"),
            field(
                "Password",
                "password",
                type="password",
                required=True,
                auto_complete="current-password",
            ),
            code_if_asked(),
            rx.el.button("Log in", type="submit", class_name="primary-button wide"),
            action="/login",
            busy_text="Checking",
        ),
        rx.text(rx.link("Forgot the password?", href="/forgot-password"), margin_top="8px"),
        rx.text(rx.link("Log in by face", href="/login/face"), margin_top="8px"),
        rx.text(
            "No account yet? ",
            rx.link("Sign up", href="/signup", underline="always"),
            margin_top="8px",
        ),
    )
