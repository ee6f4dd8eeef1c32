"""The people of an exam: its roster with what is granted to whom, and who watches it."""

import reflex as rx

from proctor_app.components.dialogs import form_dialog, leave_button
from proctor_app.components.exam_fields import section
from proctor_app.components.exam_frame import exam_frame
from proctor_app.components.files import import_file
from proctor_app.components.layout import empty, skeleton
from proctor_app.components.listing import failed, pager, search_box
from proctor_app.pages.exam_proctors import proctors
from proctor_app.pages.roster_dialogs import accommodations, remove
from proctor_app.state.exam_editor import ExamEditorState
from proctor_app.state.roster import RosterState, ShownEntry


def page() -> rx.Component:
    return exam_frame(
        "People",
        rx.box(_roster(), proctors(), class_name="people-grid"),
        accommodations(),
        remove(),
        _import(),
    )


def _roster() -> rx.Component:
    return section(
        "Roster",
        rx.cond(
            ExamEditorState.fields["access"] == "open",
            rx.el.p(
                "Anybody with the code may sit this exam. Whoever is listed here gets what is "
                "granted below; under Settings you can let in these people only.",
                class_name="muted",
            ),
            rx.el.p("Only these people may sit this exam.", class_name="muted"),
        ),
        _add(),
        _roster_tools(),
        rx.cond(
            RosterState.loaded,
            rx.cond(
                RosterState.problem != "",
                failed(RosterState.problem, RosterState.load),
                rx.cond(RosterState.entries, _table(), _nobody()),
            ),
            skeleton("240px"),
        ),
        pager(
            RosterState.has_previous,
            RosterState.previous_page,
            RosterState.has_next,
            RosterState.next_page,
        ),
    )


def _add() -> rx.Component:
    return rx.form(
        rx.el.label("Add somebody by e-mail", html_for="add-email", class_name="field-label"),
        rx.box(
            rx.el.input(
                id="add-email",
                name="email",
                type="email",
                required=True,
                max_length=254,
                auto_complete="off",
                placeholder="name@example.org",
                class_name="field-input",
            ),
            rx.el.button("Add", type="submit", class_name="plain-button"),
            class_name="add-line",
        ),
        rx.el.p(RosterState.add_problem, role="alert", class_name="form-problem"),
        rx.el.p(RosterState.added, role="status", class_name="form-busy"),
        on_submit=RosterState.add,
        reset_on_submit=False,
        key=f"add {RosterState.epoch}",
    )


def _roster_tools() -> rx.Component:
    return rx.el.div(
        search_box(
            "Search the roster",
            "E-mail or name",
            RosterState.search,
            key=f"roster {RosterState.loaded}",
            value=RosterState.searched,
        ),
        rx.el.span(RosterState.total, class_name="muted figures", aria_live="polite"),
        rx.spacer(),
        rx.el.button(
            rx.icon("file-up", size=16),
            "Import CSV",
            type="button",
            on_click=RosterState.show_importing(True),  # type: ignore[operator]
            class_name="plain-button",
        ),
        rx.el.a(
            rx.icon("file-down", size=16),
            "Export CSV",
            href=f"/api/v1/exams/{ExamEditorState.exam.id}/roster/export",
            download=True,
            class_name="plain-button",
        ),
        class_name="tools",
        role="search",
    )


def _nobody() -> rx.Component:
    return rx.cond(
        RosterState.searched != "",
        empty("search-x", "Nobody is like this", "Look for a part of a name or an e-mail address."),
        empty(
            "users",
            "Nobody is on the roster yet",
            "Add people by e-mail or import a CSV file. They need no account yet: the entry waits "
            "for it.",
        ),
    )


def _table() -> rx.Component:
    heads = ["Person", "Granted", "Attempts"]
    return rx.table.root(
        rx.table.header(
            rx.table.row(
                *map(rx.table.column_header_cell, heads),
                rx.table.column_header_cell(rx.el.span("Actions", class_name="only-read")),
            )
        ),
        rx.table.body(rx.foreach(RosterState.entries, _row)),
        id="roster",
        class_name="roster",
    )


def _row(entry: ShownEntry) -> rx.Component:
    return rx.table.row(
        rx.table.row_header_cell(
            rx.el.span(
                rx.cond(entry.name != "", entry.name, entry.email), class_name="strong wrap"
            ),
            rx.cond(
                entry.has_account,
                rx.el.div(entry.email, class_name="muted wrap"),
                rx.el.div("No account yet", class_name="muted"),
            ),
        ),
        rx.table.cell(
            rx.cond(
                entry.granted,
                rx.flex(rx.foreach(entry.granted, _granted), gap="6px", wrap="wrap"),
                rx.el.span("Nothing", class_name="muted"),
            ),
            custom_attrs={"data-label": "Granted"},
        ),
        rx.table.cell(
            entry.attempts, class_name="figures", custom_attrs={"data-label": "Attempts"}
        ),
        rx.table.cell(
            rx.el.button(
                "Accommodations",
                type="button",
                on_click=RosterState.edit(entry.id),  # type: ignore[operator]
                class_name="plain-button",
                custom_attrs={"aria-label": f"Accommodations of {entry.email}"},
            ),
            rx.el.button(
                rx.icon("trash-2", size=16),
                type="button",
                on_click=RosterState.ask_remove(entry.id),  # type: ignore[operator]
                class_name="icon-button",
                custom_attrs={"aria-label": f"Take {entry.email} off the roster"},
            ),
            class_name="row-actions",
        ),
        align="center",
        custom_attrs={"data-entry": entry.email},
    )


def _granted(words: str) -> rx.Component:
    return rx.el.span(words, class_name="chip chip-none")


def _import() -> rx.Component:
    return form_dialog(
        "Import a roster",
        "A CSV file with a column email, and if you like: extra_minutes, may_pause, detectors_off, "
        "preset. A file with a mistake in it is not taken over at all.",
        RosterState.importing,
        RosterState.show_importing,
        import_file(
            leave_button("Close"),
            action=f"/api/v1/exams/{ExamEditorState.exam.id}/roster/import",
            accept=".csv,text/csv",
            label="CSV file",
            choice="mode",
            choices=[
                ["add", "Add to the roster; people who are not in the file stay"],
                ["replace", "Replace the roster by the file"],
            ],
            on_done=RosterState.imported,
        ),
    )
