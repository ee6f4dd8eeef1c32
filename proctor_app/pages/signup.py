"""Sign-up: who one is, a password, and one's face, judged while it is taken."""

import reflex as rx

from proctor_app.components.face_photo import face_photo
from proctor_app.components.forms import field, http_form
from proctor_app.components.layout import logged_out_shell
from proctor_app.components.password import password_with_meter
from proctor_app.state.signup import SignUpState


def page() -> rx.Component:
    return logged_out_shell(
        rx.heading("Sign up", size="5", as_="h1", margin_bottom="16px"),
        http_form(
            field("Name", "name", required=True, auto_complete="name", max_length=120),
            field("E-mail", "email", type="email", required=True, auto_complete="username"),
            password_with_meter(),
            rx.el.span("Your face", class_name="field-label"),
            face_photo(SignUpState),
            rx.el.small(
                "The pictures are turned into numbers that describe your face, kept encrypted, to "
                "check later that it is you who sits the exam. The pictures themselves are not "
                "kept unless your institution says so.",
                class_name="muted",
            ),
            rx.el.button("Sign up", type="submit", class_name="primary-button wide"),
            action="/api/v1/auth/signup",
            then="/login",
            busy_text="Looking at the pictures",
        ),
        rx.text(
            "You have an account? ",
            rx.link("Log in", href="/login", underline="always"),
            margin_top="8px",
        ),
        width="480px",
    )
