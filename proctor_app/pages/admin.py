"""An admin's first page: the installation at a glance."""

import reflex as rx

from proctor_app.components.layout import panel, shell, skeleton
from proctor_app.components.nav import admin_nav
from proctor_app.state.home import AdminState


def page() -> rx.Component:
    return shell(
        "Overview",
        AdminState.viewer,
        rx.cond(
            AdminState.loaded,
            rx.box(
                _section(
                    "Sessions",
                    ("Running now", AdminState.running),
                    ("Interrupted", AdminState.interrupted),
                    ("Finished", AdminState.finished),
                ),
                _section(
                    "Exams",
                    ("Published", AdminState.published),
                    ("Drafts", AdminState.drafts),
                    ("Closed", AdminState.closed),
                ),
                _section(
                    "People",
                    ("Students", AdminState.students),
                    ("Proctors", AdminState.proctors),
                    ("Admins", AdminState.admins),
                ),
                _links(),
            ),
            skeleton("400px"),
        ),
        right=admin_nav("Overview"),
    )


def _section(title: str, *figures: tuple[str, int]) -> rx.Component:
    return rx.box(
        rx.heading(title, size="3", as_="h2", margin_bottom="8px"),
        rx.grid(
            *(_figure(name, value) for name, value in figures),
            columns=rx.breakpoints(initial="1", sm="3"),
            gap="12px",
            margin_bottom="20px",
        ),
    )


def _figure(name: str, value: int) -> rx.Component:
    return panel(
        rx.text(name, class_name="muted"),
        rx.text(value, size="7", weight="bold", class_name="figures"),
    )


def _links() -> rx.Component:
    return panel(
        rx.flex(
            rx.link("Live view", href="/proctor", class_name="primary-button", underline="none"),
            rx.link("Exams", href="/admin/exams"),
            rx.link("Marking", href="/marking"),
            rx.link("People", href="/admin/users"),
            rx.link("Log", href="/admin/audit"),
            rx.link("API documents", href="/api/docs", is_external=True),
            gap="16px",
            align="center",
            wrap="wrap",
        ),
    )
