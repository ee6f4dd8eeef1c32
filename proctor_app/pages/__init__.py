"""The pages: pure rendering of one State each."""

import reflex as rx

from proctor_app.pages import (
    account,
    admin,
    audit,
    exam,
    face_login,
    front,
    home,
    my_data,
    password_reset,
    people,
    proctor,
    signup,
)
from proctor_app.state.account import AccountState
from proctor_app.state.audit import AuditState
from proctor_app.state.exam import ExamState
from proctor_app.state.face_login import FaceLoginState
from proctor_app.state.home import AdminState, HomeState
from proctor_app.state.my_data import MyDataState
from proctor_app.state.people import PeopleState
from proctor_app.state.proctor import ProctorState
from proctor_app.state.signup import SignUpState


def register(app: rx.App) -> None:
    """Add every page to the app."""
    app.add_page(front.index, route="/", title="Proctor", on_load=HomeState.enter)
    app.add_page(front.login, route="/login", title="Log in · Proctor")
    app.add_page(
        face_login.page,
        route="/login/face",
        title="Log in by face · Proctor",
        on_load=FaceLoginState.load,
    )
    app.add_page(
        password_reset.forgot, route="/forgot-password", title="Forgot the password? · Proctor"
    )
    app.add_page(
        password_reset.reset, route="/reset-password", title="Choose a new password · Proctor"
    )
    app.add_page(
        account.page, route="/account", title="Account · Proctor", on_load=AccountState.load
    )
    app.add_page(signup.page, route="/signup", title="Sign up · Proctor", on_load=SignUpState.load)
    app.add_page(
        my_data.page,
        route="/my-data",
        title="What is held about me · Proctor",
        on_load=MyDataState.load,
    )
    app.add_page(
        home.page, route="/dashboard", title="My sessions · Proctor", on_load=HomeState.load
    )
    app.add_page(exam.page, route="/exam", title="Exam · Proctor", on_load=ExamState.load)
    app.add_page(proctor.page, route="/proctor", title="Live · Proctor", on_load=ProctorState.watch)
    app.add_page(
        admin.page, route="/admin/dashboard", title="Overview · Proctor", on_load=AdminState.load
    )
    app.add_page(
        people.page, route="/admin/users", title="People · Proctor", on_load=PeopleState.load
    )
    app.add_page(audit.page, route="/admin/audit", title="Log · Proctor", on_load=AuditState.load)
