"""The pages: pure rendering of one State each."""

import reflex as rx

from proctor_app.pages import admin, exam, front, home, proctor
from proctor_app.state.exam import ExamState
from proctor_app.state.home import AdminState, HomeState
from proctor_app.state.proctor import ProctorState


def register(app: rx.App) -> None:
    """Add every page to the app."""
    app.add_page(front.index, route="/", title="Proctor", on_load=HomeState.enter)
    app.add_page(front.login, route="/login", title="Log in · Proctor")
    app.add_page(front.signup, route="/signup", title="Sign up · Proctor")
    app.add_page(
        home.page, route="/dashboard", title="My sessions · Proctor", on_load=HomeState.load
    )
    app.add_page(exam.page, route="/exam", title="Exam · Proctor", on_load=ExamState.load)
    app.add_page(proctor.page, route="/proctor", title="Live · Proctor", on_load=ProctorState.watch)
    app.add_page(
        admin.page, route="/admin/dashboard", title="Overview · Proctor", on_load=AdminState.load
    )
