"""Front page, log-in and sign-up."""

import reflex as rx

from proctor_app.components.forms import face_photo, field, http_form
from proctor_app.components.layout import logged_out_shell


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
            rx.el.button("Log in", type="submit", class_name="primary-button wide"),
            action="/login",
            busy_text="Checking",
        ),
        rx.text("No account yet? ", rx.link("Sign up", href="/signup"), margin_top="8px"),
    )


def signup() -> rx.Component:
    return logged_out_shell(
        rx.heading("Sign up", size="5", as_="h1", margin_bottom="16px"),
        http_form(
            field("Name", "name", required=True, auto_complete="name", max_length=120),
            field("E-mail", "email", type="email", required=True, auto_complete="username"),
            field(
                "Password",
                "password",
                hint="At least 8 characters; 15 or more are better. A sentence is fine.",
                type="password",
                required=True,
                min_length=8,
                auto_complete="new-password",
            ),
            rx.el.span("Photo of your face", class_name="field-label"),
            face_photo(name="image"),
            rx.el.small(
                "The photo is turned into numbers that describe your face, kept encrypted, to "
                "check later that it is you who sits the exam. The photo itself is not kept "
                "unless your institution says so.",
                class_name="muted",
            ),
            rx.el.button("Sign up", type="submit", class_name="primary-button wide"),
            action="/api/v1/auth/signup",
            then="/login",
            busy_text="Looking at the photo",
        ),
        rx.text("You have an account? ", rx.link("Log in", href="/login"), margin_top="8px"),
        width="480px",
    )
