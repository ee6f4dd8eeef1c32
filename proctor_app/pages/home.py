"""A candidate's first page: begin or go on, and what was before."""

import reflex as rx

from proctor_app.components.layout import empty, moment, panel, shell, skeleton
from proctor_app.state.home import HomeState
from proctor_app.state.shown import ShownAttempt


def page() -> rx.Component:
    return shell(
        "My sessions",
        HomeState.viewer,
        rx.cond(HomeState.loaded, rx.box(_begin(), _history()), skeleton("240px")),
    )


def _begin() -> rx.Component:
    words = rx.cond(
        HomeState.has_open,
        "A session of yours is open. You can go on where you were.",
        "A monitored session without an exam: try out how monitoring works.",
    )
    return panel(
        rx.flex(
            rx.box(
                rx.heading("Monitored session", size="4", as_="h2"),
                rx.text(words, class_name="muted"),
            ),
            rx.spacer(),
            rx.link(
                rx.cond(HomeState.has_open, "Go on", "Begin"),
                href="/exam",
                class_name="primary-button",
                underline="none",
            ),
            align="center",
            gap="16px",
            wrap="wrap",
        ),
        margin_bottom="16px",
    )


def _history() -> rx.Component:
    return panel(
        rx.heading("Earlier sessions", size="4", as_="h2", margin_bottom="8px"),
        rx.cond(
            HomeState.attempts,
            rx.table.root(
                rx.table.header(
                    rx.table.row(
                        rx.table.column_header_cell("Started"),
                        rx.table.column_header_cell("Lasted"),
                        rx.table.column_header_cell("State"),
                    )
                ),
                rx.table.body(rx.foreach(HomeState.attempts, _row)),
            ),
            empty("history", "None yet", "Your sessions will be listed here."),
        ),
    )


def _row(attempt: ShownAttempt) -> rx.Component:
    return rx.table.row(
        rx.table.cell(moment(attempt.started_at, "YYYY-MM-DD HH:mm")),
        rx.table.cell(attempt.lasted, class_name="figures"),
        rx.table.cell(attempt.status),
    )
