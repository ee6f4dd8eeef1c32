"""The admins' page of all exams: a searchable table, and the ways to a new one."""

import reflex as rx

from proctor_app.components.autosave import browser_zone
from proctor_app.components.dialogs import form_dialog, leave_button
from proctor_app.components.files import copy_button, import_file
from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.components.listing import choice, failed, pager, search_box
from proctor_app.components.nav import admin_nav
from proctor_app.state.exam_words import CHANGED, STATUSES, ShownExam
from proctor_app.state.exams import ExamsState

_STATUSES = {"": "All states"} | {key.value: state.text for key, state in STATUSES.items()}
_ORDERS = {
    "-created": "Newest first",
    "created": "Oldest first",
    "title": "By title",
    "-title": "By title, from Z",
}


def page() -> rx.Component:
    return shell(
        "Exams",
        ExamsState.viewer,
        panel(
            _tools(),
            rx.cond(
                ExamsState.loaded,
                rx.cond(
                    ExamsState.problem != "",
                    failed(ExamsState.problem, ExamsState.load),
                    rx.fragment(
                        rx.cond(ExamsState.exams, _table(), rx.fragment()),
                        rx.cond(ExamsState.is_fresh, _first(), rx.fragment()),
                        rx.cond(
                            ExamsState.is_nothing_found,
                            _nothing(),
                            rx.fragment(),
                        ),
                    ),
                ),
                skeleton("480px"),
            ),
            pager(
                ExamsState.has_previous,
                ExamsState.previous_page,
                ExamsState.has_next,
                ExamsState.next_page,
            ),
        ),
        browser_zone(on_zone=ExamsState.know_zone),
        _new(),
        _import(),
        right=admin_nav("Exams"),
    )


def _tools() -> rx.Component:
    return rx.el.div(
        search_box(
            "Search by title or code",
            "Title or code",
            ExamsState.search,
            key=f"{ExamsState.loaded} {ExamsState.cleared}",
            value=ExamsState.searched,
        ),
        choice("State", ExamsState.status, _STATUSES, ExamsState.filter_status),
        choice("Order", ExamsState.sort, _ORDERS, ExamsState.set_order),
        rx.el.span(ExamsState.total, class_name="muted figures", aria_live="polite"),
        rx.spacer(),
        _begin(),
        role="search",
        class_name="tools",
    )


def _begin() -> rx.Component:
    return rx.fragment(
        rx.el.button(
            rx.icon("file-up", size=16),
            "Import",
            type="button",
            on_click=ExamsState.show_importing(True),  # type: ignore[operator]
            class_name="plain-button",
        ),
        rx.el.button(
            rx.icon("plus", size=16),
            "New exam",
            type="button",
            on_click=ExamsState.show_naming(True),  # type: ignore[operator]
            class_name="primary-button",
        ),
    )


def _nothing() -> rx.Component:
    return rx.flex(
        rx.icon("search-x", size=28, color="var(--gray-9)"),
        rx.text("No exam is like this", weight="bold"),
        rx.text("Look for a part of a title or a code.", class_name="muted"),
        rx.el.button(
            "Show all exams",
            type="button",
            on_click=ExamsState.clear_filters,
            class_name="plain-button",
        ),
        class_name="empty",
    )


def _first() -> rx.Component:
    return rx.box(
        empty(
            "file-pen",
            "No exam of your own yet",
            "Write the first one here, or bring questions along: as GIFT, as Moodle and other "
            "systems export them, or as JSON.",
        ),
        rx.flex(_begin(), gap="12px", justify="center", wrap="wrap"),
        padding="12px 0 24px",
        class_name="first-exam",
    )


def _table() -> rx.Component:
    heads = ["Exam", "Code", "State", "Window", "Questions", "Attempts"]
    return rx.table.root(
        rx.table.header(rx.table.row(*map(rx.table.column_header_cell, heads))),
        rx.table.body(rx.foreach(ExamsState.exams, _row)),
        id="exams",
        class_name="exams",
    )


def _row(exam: ShownExam) -> rx.Component:
    return rx.table.row(
        rx.table.row_header_cell(
            rx.link(exam.title, href=f"/admin/exams/{exam.id}", class_name="strong wrap"),
            rx.el.div(
                rx.cond(exam.is_practice, "For practice · ", ""),
                f"{exam.minutes} min",
                class_name="muted",
            ),
        ),
        rx.table.cell(copy_button(text=exam.code, label="Copy the code")),
        rx.table.cell(
            rx.flex(
                chip(exam.state.kind, exam.state.text),
                rx.cond(exam.has_changes, chip(CHANGED.kind, CHANGED.text), rx.fragment()),
                rx.cond(exam.running > 0, chip("ok", f"{exam.running} sitting"), rx.fragment()),
                gap="6px",
                wrap="wrap",
            )
        ),
        rx.table.cell(window(exam.opens_at, exam.closes_at), custom_attrs={"data-label": "Window"}),
        rx.table.cell(
            exam.questions, class_name="figures", custom_attrs={"data-label": "Questions"}
        ),
        rx.table.cell(exam.attempts, class_name="figures", custom_attrs={"data-label": "Attempts"}),
        align="center",
        custom_attrs={"data-exam": exam.id},
    )


def window(opens_at: str, closes_at: str) -> rx.Component:
    """When it can be begun, in the zone of whoever looks."""
    form = "YYYY-MM-DD HH:mm"
    return rx.cond(
        (opens_at == "") & (closes_at == ""),
        rx.el.span("At any time", class_name="muted"),
        rx.el.span(
            rx.cond(
                opens_at != "", rx.el.span("from ", moment(opens_at, form), " "), rx.fragment()
            ),
            rx.cond(closes_at != "", rx.el.span("until ", moment(closes_at, form)), rx.fragment()),
            class_name="window",
        ),
    )


def _new() -> rx.Component:
    return form_dialog(
        "New exam",
        "It begins as a draft that nobody sees but admins.",
        ExamsState.naming,
        ExamsState.show_naming,
        rx.form(
            rx.el.label("Title", html_for="new-title", class_name="field-label"),
            rx.el.input(
                id="new-title",
                name="title",
                max_length=200,
                auto_focus=True,
                auto_complete="off",
                class_name="field-input",
            ),
            rx.el.p(ExamsState.name_problem, role="alert", class_name="form-problem"),
            rx.box(
                leave_button(),
                rx.el.button("Create the draft", type="submit", class_name="primary-button"),
                class_name="dialog-actions",
            ),
            on_submit=ExamsState.create,
        ),
    )


def _import() -> rx.Component:
    return form_dialog(
        "Import an exam",
        "An exam in this program's own JSON, or questions in GIFT. It becomes a new draft; a file "
        "with a mistake in it is not taken over at all.",
        ExamsState.importing,
        ExamsState.show_importing,
        import_file(
            leave_button(),
            action="/api/v1/exams/import",
            accept=".json,.gift,.txt,application/json,text/plain",
            label="GIFT or JSON file",
            is_exam=True,
            leads_to="/admin/exams/",
        ),
    )
