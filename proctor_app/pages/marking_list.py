"""The exams that the viewer may mark, with how many answers are left in each."""

import reflex as rx

from proctor_app.components.layout import chip, empty, panel, shell, skeleton
from proctor_app.components.listing import choice, failed, pager, search_box
from proctor_app.components.nav import desk_nav
from proctor_app.state.marking_list import MarkingListState as State
from proctor_app.state.marking_words import ShownMarkable

_SHOWN = {"left": "With answers to mark", "sat": "All that somebody has sat"}


def page() -> rx.Component:
    return shell(
        "Marking",
        State.viewer,
        panel(
            _tools(),
            rx.cond(
                State.loaded,
                rx.cond(
                    State.problem != "",
                    failed(State.problem, State.load),
                    rx.cond(State.exams, _exams(), _nothing()),
                ),
                skeleton("240px"),
            ),
            pager(State.has_previous, State.previous_page, State.has_next, State.next_page),
        ),
        right=desk_nav("Marking"),
    )


def _tools() -> rx.Component:
    return rx.el.div(
        search_box(
            "Search by title or code",
            "Title or code",
            State.search,
            key=f"{State.loaded} {State.cleared}",
            value=State.searched,
        ),
        choice("Shown", State.shown, _SHOWN, State.show),
        rx.el.span(State.total, class_name="muted figures", aria_live="polite"),
        role="search",
        class_name="tools",
    )


def _exams() -> rx.Component:
    return rx.el.ul(rx.foreach(State.exams, _exam), class_name="names", id="exams")


def _exam(exam: ShownMarkable) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.link(exam.title, href=f"/admin/exams/{exam.id}/marking", class_name="strong wrap"),
            rx.el.div(f"{exam.code} · {exam.attempts}", class_name="muted figures"),
        ),
        rx.cond(exam.unmarked > 0, chip("notice", exam.left), chip("ok", "All marked")),
        key=exam.id,
        custom_attrs={"data-exam": exam.id},
    )


def _nothing() -> rx.Component:
    return rx.cond(
        State.is_all_marked,
        rx.box(
            empty(
                "list-checks",
                "Nothing is left to mark",
                "Exams appear here once somebody has handed in what a person has to mark.",
            ),
            _show_all("Show exams that are marked"),
        ),
        rx.cond(
            State.searched != "",
            rx.box(
                empty("search-x", "No exam is like this", "Look for a part of a title or a code."),
                _show_all("Show all exams"),
            ),
            empty(
                "hourglass",
                "Nobody has finished an exam yet",
                "Exams appear here once somebody has handed in.",
            ),
        ),
    )


def _show_all(words: str) -> rx.Component:
    return rx.flex(
        rx.el.button(words, type="button", on_click=State.show_all, class_name="plain-button"),
        justify="center",
    )
