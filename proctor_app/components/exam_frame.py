"""What stands above every page of one exam: its name, code and state, what can be done with it, and
the way from one of its pages to the others."""

import reflex as rx

from proctor_app.components.autosave import save_state
from proctor_app.components.dialogs import confirm_dialog
from proctor_app.components.files import copy_button
from proctor_app.components.layout import chip, panel, shell, skeleton
from proctor_app.components.listing import failed
from proctor_app.components.nav import admin_nav
from proctor_app.state.exam_editor import ExamEditorState as State
from proctor_app.state.exam_words import CHANGED, ShownProblem

_PAGES = {
    "Questions": "",
    "Settings": "/settings",
    "Watching": "/watching",
    "People": "/people",
    "Preview": "/preview",
    "Marking": "/marking",
}


def exam_frame(here: str, *children: rx.Component) -> rx.Component:
    """A page of the exam's editor; here: its name in the row of pages."""
    return shell(
        "Exam",
        State.viewer,
        rx.cond(
            State.loaded,
            rx.cond(
                State.problem != "",
                panel(failed(State.problem, State.load, "This exam can't be shown")),
                rx.box(_head(), exam_tabs(here, State.exam.id), _notices(), *children),
            ),
            skeleton("560px"),
        ),
        confirm_dialog(State.asking, State.asked, State.busy, State.confirm, State.close),
        right=admin_nav("Exams"),
    )


def exam_tabs(here: str, exam_id: str) -> rx.Component:
    return rx.el.nav(
        *(
            rx.link(
                name,
                href=f"/admin/exams/{exam_id}{path}",
                underline="none",
                class_name="tab-link",
                custom_attrs={"aria-current": "page"} if name == here else {},
            )
            for name, path in _PAGES.items()
        ),
        class_name="tabs",
        aria_label="Pages of this exam",
    )


def _head() -> rx.Component:
    exam = State.exam
    return rx.box(
        rx.box(
            rx.heading(exam.title, size="5", as_="h2", class_name="wrap"),
            rx.flex(
                chip(exam.state.kind, exam.state.text),
                rx.cond(exam.has_changes, chip(CHANGED.kind, CHANGED.text), rx.fragment()),
                copy_button(text=exam.code, label="Copy the code"),
                rx.el.span(exam.size, class_name="muted figures"),
                rx.cond(
                    exam.running > 0,
                    chip("ok", f"{exam.running} sitting it now"),
                    rx.fragment(),
                ),
                gap="6px 12px",
                align="center",
                wrap="wrap",
            ),
            class_name="exam-head-words",
        ),
        rx.box(
            save_state(acked=State.acked, problem=State.refused),
            _publish(),
            _menu(),
            class_name="exam-head-actions",
        ),
        class_name="exam-head",
    )


def _publish() -> rx.Component:
    exam = State.exam

    def button(words: str, action: str) -> rx.Component:
        return rx.el.button(
            words,
            type="button",
            id="publish",
            on_click=State.ask(action),  # type: ignore[operator]
            disabled=State.missing.length() > 0,  # type: ignore[attr-defined]
            class_name="primary-button",
        )

    return rx.cond(
        exam.is_practice,
        rx.fragment(),
        rx.cond(
            exam.has_version,
            rx.cond(exam.has_changes, button("Publish changes", "publish_changes"), rx.fragment()),
            button("Publish", "publish"),
        ),
    )


def _menu() -> rx.Component:
    exam = State.exam

    def item(words: str, action: str, *, grave: bool = False) -> rx.Component:
        return rx.dropdown_menu.item(
            words,
            on_select=State.ask(action),  # type: ignore[operator]
            color_scheme="red" if grave else None,
        )

    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                rx.icon("ellipsis", size=18),
                type="button",
                class_name="icon-button",
                custom_attrs={"aria-label": "What else can be done with this exam"},
            )
        ),
        rx.dropdown_menu.content(
            item("Duplicate", "duplicate"),
            rx.dropdown_menu.item(
                "Export as JSON, with pictures",
                on_select=rx.download(url=f"/api/v1/exams/{exam.id}/export"),
            ),
            rx.dropdown_menu.item(
                "Export the questions as GIFT",
                on_select=rx.download(url=f"/api/v1/exams/{exam.id}/export?format=gift"),
            ),
            rx.cond(
                exam.is_practice,
                rx.fragment(),
                rx.fragment(
                    rx.dropdown_menu.separator(),
                    rx.cond(exam.status == "published", item("Close", "close"), rx.fragment()),
                    rx.cond(exam.status == "closed", item("Open again", "reopen"), rx.fragment()),
                    rx.cond(
                        exam.has_version | (exam.attempts > 0),
                        rx.fragment(),
                        item("Delete for good …", "delete", grave=True),
                    ),
                ),
            ),
        ),
    )


def _notices() -> rx.Component:
    return rx.fragment(
        rx.cond(
            State.exam.is_practice,
            rx.box(
                rx.icon("info", size=18),
                rx.text(
                    "Everybody can sit the practice exam at any time, so it stays as it is. "
                    "Duplicate it to make one of your own from it."
                ),
                class_name="callout",
            ),
            rx.fragment(),
        ),
        rx.cond(State.missing, _missing(), rx.fragment()),
    )


def _missing() -> rx.Component:
    words = rx.cond(State.exam.has_version, "the changes", "it")
    return rx.el.details(
        rx.el.summary(
            rx.icon("list-checks", size=16),
            "Before ",
            words,
            " can be published: ",
            rx.el.span(State.missing.length(), class_name="figures"),  # type: ignore[attr-defined]
            " to do",
        ),
        rx.el.ul(rx.foreach(State.missing, _missing_item)),
        class_name="callout callout-list",
        id="missing",
    )


def _missing_item(problem: ShownProblem) -> rx.Component:
    return rx.el.li(
        rx.cond(
            problem.question_id != "",
            rx.el.button(
                problem.text,
                type="button",
                on_click=State.show_question(problem.question_id),  # type: ignore[operator]
                class_name="text-button",
            ),
            rx.el.span(problem.text),
        )
    )
