"""A candidate's first page: join an exam or go on with it, and what was before."""

import reflex as rx

from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.state.home import HomeState
from proctor_app.state.home_words import ShownExam, ShownSitting

_WHEN = "ddd D MMM YYYY, HH:mm [UTC]Z"


def page() -> rx.Component:
    return shell(
        "My exams",
        HomeState.viewer,
        rx.cond(
            HomeState.loaded,
            rx.box(_open(), _join(), _exams(), _practice(), _history(), class_name="stack home"),
            skeleton("320px"),
        ),
    )


def _open() -> rx.Component:
    return rx.cond(
        HomeState.open.title != "",
        panel(
            rx.flex(
                rx.box(
                    rx.heading(HomeState.open.title, size="4", as_="h2"),
                    rx.text(HomeState.open.words, class_name="muted"),
                ),
                rx.spacer(),
                _primary_link("Go on", "/exam"),
                class_name="row",
            ),
            class_name="open-exam",
        ),
        rx.fragment(),
    )


def _join() -> rx.Component:
    return panel(
        rx.form(
            rx.el.label("Join an exam", html_for="code", class_name="join-label"),
            rx.flex(
                rx.el.input(
                    id="code",
                    name="code",
                    value=HomeState.code,
                    on_change=HomeState.type_code,
                    placeholder="Code",
                    auto_complete="off",
                    spell_check=False,
                    max_length=40,
                    class_name="field-input code-input",
                    custom_attrs={
                        "aria-describedby": "code-problem",
                        "aria-invalid": rx.cond(HomeState.problem != "", "true", "false"),
                    },
                ),
                rx.el.button("Join", type="submit", id="join", class_name="primary-button"),
                gap="8px",
            ),
            rx.el.p(HomeState.problem, id="code-problem", role="alert", class_name="form-problem"),
            rx.el.small("You were given a code for your exam.", class_name="muted"),
            on_submit=HomeState.join,
        )
    )


def _exams() -> rx.Component:
    return panel(
        rx.heading("My exams", size="4", as_="h2", margin_bottom="4px"),
        rx.cond(
            HomeState.exams,
            rx.el.ul(rx.foreach(HomeState.exams, _exam), class_name="exam-list"),
            empty(
                "calendar",
                "No exam yet",
                "An exam appears here once you are on its list, or have joined it by its code.",
            ),
        ),
    )


def _practice() -> rx.Component:
    return panel(
        rx.heading("Try it out", size="4", as_="h2", margin_bottom="4px"),
        rx.el.ul(
            rx.foreach(HomeState.practice, _exam),
            rx.el.li(
                rx.box(
                    rx.text("Monitored session", weight="bold"),
                    rx.el.small(
                        rx.cond(
                            HomeState.has_session,
                            "A session of yours is open. You can go on where you were.",
                            "Without an exam: see how monitoring works.",
                        ),
                        class_name="muted",
                    ),
                ),
                rx.link(
                    rx.cond(HomeState.has_session, "Go on", "Begin"),
                    href="/exam?session=new",
                    class_name="plain-button",
                    underline="none",
                ),
            ),
            class_name="exam-list",
        ),
    )


def _exam(exam: ShownExam) -> rx.Component:
    window = rx.el.small(
        exam.facts,
        rx.cond(exam.opens_at != "", rx.fragment(" · opens ", moment(exam.opens_at, _WHEN)), ""),
        rx.cond(exam.closes_at != "", rx.fragment(" · closes ", moment(exam.closes_at, _WHEN)), ""),
        class_name="muted",
    )
    words = rx.cond(exam.kind == "ok", "Begin", "Check and wait")
    join = rx.el.button(
        rx.cond(exam.is_practice, "Practise", words),
        rx.el.span(": ", exam.title, class_name="only-read"),
        type="button",
        on_click=HomeState.join_exam(exam.code),  # type: ignore[operator]
        class_name="plain-button",
    )
    return rx.el.li(
        rx.box(
            rx.flex(
                rx.text(exam.title, weight="bold"), chip(exam.kind, exam.state), class_name="row"
            ),
            window,
        ),
        rx.cond(exam.may_join, join, rx.fragment()),
    )


def _history() -> rx.Component:
    return panel(
        rx.heading("Earlier", size="4", as_="h2", margin_bottom="8px"),
        rx.cond(
            HomeState.attempts,
            rx.table.root(
                rx.table.header(
                    rx.table.row(
                        rx.table.column_header_cell("Exam"),
                        rx.table.column_header_cell("Began"),
                        rx.table.column_header_cell("Lasted"),
                        rx.table.column_header_cell("State"),
                        rx.table.column_header_cell("Score"),
                    )
                ),
                rx.table.body(rx.foreach(HomeState.attempts, _row)),
                class_name="sittings",
            ),
            empty("history", "None yet", "What you have sat will be listed here."),
        ),
    )


def _row(one: ShownSitting) -> rx.Component:
    score = rx.cond(
        one.is_exam,
        rx.link(
            rx.cond(one.score != "", one.score, "not released yet"),
            rx.el.span(": ", one.title, class_name="only-read"),
            href="/results/" + one.id,
        ),
        rx.fragment(),
    )
    return rx.table.row(
        rx.table.row_header_cell(one.title),
        rx.table.cell(moment(one.at, "YYYY-MM-DD HH:mm"), custom_attrs={"data-label": "Began"}),
        rx.table.cell(one.lasted, class_name="figures", custom_attrs={"data-label": "Lasted"}),
        rx.table.cell(one.status, custom_attrs={"data-label": "State"}),
        rx.table.cell(score, class_name="figures", custom_attrs={"data-label": "Score"}),
    )


def _primary_link(words: str, href: str) -> rx.Component:
    return rx.link(words, href=href, class_name="primary-button", underline="none")
