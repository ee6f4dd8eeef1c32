"""The pages: pure rendering of one State each."""

import reflex as rx

from proctor_app.pages import (
    account,
    admin,
    analytics,
    api_keys,
    audit,
    candidate,
    exam,
    exam_editor,
    exam_preview,
    exam_settings,
    exam_watching,
    exams,
    face_login,
    front,
    home,
    lti,
    lti_choose,
    marking,
    marking_list,
    my_data,
    password_reset,
    people,
    reports,
    results,
    review,
    roster,
    seb,
    signup,
    wall,
    webhooks,
)
from proctor_app.state.account import AccountState
from proctor_app.state.analytics import AnalyticsState
from proctor_app.state.api_keys import ApiKeysState
from proctor_app.state.audit import AuditState
from proctor_app.state.candidate import CandidateState
from proctor_app.state.exam import ExamState
from proctor_app.state.exam_editor import ExamEditorState
from proctor_app.state.exam_proctors import ExamProctorsState
from proctor_app.state.exam_seb import ExamSebState
from proctor_app.state.exams import ExamsState
from proctor_app.state.face_login import FaceLoginState
from proctor_app.state.home import AdminState, HomeState
from proctor_app.state.lti import LtiState
from proctor_app.state.lti_choose import LtiChooseState
from proctor_app.state.marking import MarkingState
from proctor_app.state.marking_list import MarkingListState
from proctor_app.state.my_data import MyDataState
from proctor_app.state.people import PeopleState
from proctor_app.state.reports import ReportsState
from proctor_app.state.results import ResultsState
from proctor_app.state.review import ReviewState
from proctor_app.state.review_queue import ReviewQueueState
from proctor_app.state.roster import RosterState
from proctor_app.state.seb import SebState
from proctor_app.state.signup import SignUpState
from proctor_app.state.wall import WallState
from proctor_app.state.webhooks import WebhooksState


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
    app.add_page(home.page, route="/dashboard", title="My exams · Proctor", on_load=HomeState.load)
    app.add_page(
        results.page,
        route="/results/[attempt]",
        title="Results · Proctor",
        on_load=ResultsState.load,
    )
    app.add_page(exam.page, route="/exam", title="Exam · Proctor", on_load=ExamState.load)
    app.add_page(
        seb.page,
        route="/seb/[exam]",
        title="Safe Exam Browser · Proctor",
        on_load=SebState.load,
    )
    app.add_page(wall.page, route="/proctor", title="Live · Proctor", on_load=WallState.watch)
    app.add_page(
        candidate.page,
        route="/proctor/[attempt]",
        title="Candidate · Proctor",
        on_load=CandidateState.watch,
    )
    app.add_page(
        admin.page, route="/admin/dashboard", title="Overview · Proctor", on_load=AdminState.load
    )
    app.add_page(
        people.page, route="/admin/users", title="People · Proctor", on_load=PeopleState.load
    )
    app.add_page(
        analytics.page,
        route="/analytics",
        title="Analytics · Proctor",
        on_load=AnalyticsState.load,
    )
    app.add_page(
        api_keys.page, route="/admin/keys", title="API keys · Proctor", on_load=ApiKeysState.load
    )
    app.add_page(
        lti.page, route="/admin/lti", title="Learning platforms · Proctor", on_load=LtiState.load
    )
    app.add_page(
        lti_choose.page,
        route="/lti/choose-exam",
        title="Choose an exam · Proctor",
        on_load=LtiChooseState.load,
    )
    app.add_page(audit.page, route="/admin/audit", title="Log · Proctor", on_load=AuditState.load)
    app.add_page(
        webhooks.page,
        route="/admin/webhooks",
        title="Webhooks · Proctor",
        on_load=WebhooksState.load,
    )
    _register_review(app)
    app.add_page(
        reports.page,
        route="/reports",
        title="Reports · Proctor",
        on_load=[ReportsState.load, ReportsState.follow],
    )
    _register_authoring(app)


def _register_review(app: rx.App) -> None:
    app.add_page(
        review.queue,
        route="/review",
        title="Review · Proctor",
        on_load=[ReviewQueueState.load, ReviewQueueState.watch],
    )
    app.add_page(
        review.page,
        route="/review/[attempt]",
        title="Review · Proctor",
        on_load=[ReviewState.load, ReviewState.watch],
    )


def _register_authoring(app: rx.App) -> None:
    app.add_page(exams.page, route="/admin/exams", title="Exams · Proctor", on_load=ExamsState.load)
    app.add_page(
        marking_list.page,
        route="/marking",
        title="Marking · Proctor",
        on_load=MarkingListState.load,
    )
    opened = ExamEditorState.load_settings
    for component, path, title, on_load in (
        (exam_editor.page, "", "Questions", [ExamEditorState.load]),
        (exam_settings.page, "/settings", "Settings", [opened, ExamSebState.load]),
        (exam_watching.page, "/watching", "Watching", [opened]),
        (roster.page, "/people", "People", [opened, RosterState.load, ExamProctorsState.load]),
        (exam_preview.page, "/preview", "Preview", [ExamEditorState.load_preview]),
        (marking.page, "/marking", "Marking", [MarkingState.load]),
    ):
        app.add_page(
            component,
            route=f"/admin/exams/[exam_id]{path}",
            title=f"{title} · Proctor",
            on_load=on_load,
        )
