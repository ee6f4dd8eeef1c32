"""The review desk: the queue of attempts, and one attempt with its incidents."""

import reflex as rx

from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.components.listing import choice, failed, pager
from proctor_app.components.nav import desk_nav
from proctor_app.components.report_links import report_links
from proctor_app.components.review_desk import review_desk
from proctor_app.pages.review_bulk import bulk_dialog
from proctor_app.pages.review_parts import appeals, history, timeline
from proctor_app.state.review import ReviewState
from proctor_app.state.review_bulk import BulkState
from proctor_app.state.review_queue import ReviewQueueState
from proctor_app.state.review_queue_words import KINDS, SORTS, ShownQueued
from proctor_app.state.review_words import CATEGORIES
from proctor_app.state.shown import Chip

_HEADS = ("Compliance", "Candidate", "Exam", "State", "Waits for", "Ended")


def queue() -> rx.Component:
    """What waits for a person, the riskiest or the oldest first."""
    return shell(
        "Review",
        ReviewQueueState.viewer,
        panel(
            _tools(),
            rx.cond(
                ReviewQueueState.loaded,
                rx.cond(
                    ReviewQueueState.problem != "",
                    failed(ReviewQueueState.problem, ReviewQueueState.load),
                    rx.cond(ReviewQueueState.items, _table(), _nothing()),
                ),
                skeleton("480px"),
            ),
            pager(
                ReviewQueueState.has_previous,
                ReviewQueueState.previous_page,
                ReviewQueueState.has_next,
                ReviewQueueState.next_page,
            ),
        ),
        bulk_dialog(),
        right=desk_nav("Review"),
    )


def page() -> rx.Component:
    """One attempt."""
    return shell(
        "Review",
        ReviewState.viewer,
        rx.cond(
            ReviewState.loaded,
            rx.cond(
                ReviewState.problem != "",
                panel(failed(ReviewState.problem, ReviewState.load, "This attempt can't be shown")),
                rx.box(
                    rx.box(
                        rx.cond(
                            ReviewState.others != "", _looking(ReviewState.others), rx.fragment()
                        ),
                        aria_live="polite",
                        id="others",
                    ),
                    appeals(),
                    _desk(),
                    history(),
                    panel(report_links(ReviewState.sitting.attempt_id)),
                    class_name="stack",
                ),
            ),
            rx.box(skeleton("64px"), skeleton("520px"), class_name="stack"),
        ),
        right=desk_nav("Review"),
    )


def _desk() -> rx.Component:
    return review_desk(
        timeline(),
        sitting=ReviewState.sitting,
        categories=CATEGORIES,
        acked=ReviewState.acked,
        refused=ReviewState.refused,
        chosen=ReviewState.chosen,
        on_judge=ReviewState.judge,
        on_note=ReviewState.note,
        on_verdict=ReviewState.judge_attempt,
        on_release=ReviewState.release,
        on_next=ReviewState.next_attempt,
    )


def _tools() -> rx.Component:
    return rx.el.div(
        rx.el.label(
            rx.el.span("Exam", class_name="only-read"),
            rx.el.select(
                rx.el.option("All exams", value=""),
                rx.foreach(ReviewQueueState.exams, lambda one: rx.el.option(one[1], value=one[0])),
                value=ReviewQueueState.exam,
                on_change=ReviewQueueState.filter_exam,
                class_name="field-input",
            ),
            class_name="choice",
        ),
        choice("What waits", ReviewQueueState.kind, KINDS, ReviewQueueState.filter_kind),
        choice("Order", ReviewQueueState.sort, SORTS, ReviewQueueState.sort_by),
        rx.spacer(),
        rx.el.button(
            "A rule was faulty …",
            type="button",
            id="bulk",
            on_click=BulkState.open(True),  # type: ignore[operator]
            class_name="plain-button",
        ),
        role="search",
        aria_label="Review queue",
        class_name="tools",
    )


def _nothing() -> rx.Component:
    return rx.cond(
        ReviewQueueState.is_filtered,
        rx.flex(
            rx.icon("search-x", size=28, color="var(--gray-9)"),
            rx.text("Nothing here waits for review", weight="bold"),
            rx.el.button(
                "Show the whole queue",
                type="button",
                on_click=ReviewQueueState.clear_filters,
                class_name="plain-button",
            ),
            class_name="empty",
        ),
        empty(
            "circle-check",
            "Nothing waits for review",
            "Attempts appear here as soon as something was noted in them.",
        ),
    )


def _table() -> rx.Component:
    return rx.table.root(
        rx.table.header(rx.table.row(*map(rx.table.column_header_cell, _HEADS))),
        rx.table.body(rx.foreach(ReviewQueueState.items, _row)),
        id="queue",
        class_name="queue",
    )


def _row(item: ShownQueued) -> rx.Component:
    return rx.table.row(
        rx.table.cell(
            chip(item.kind, f"{item.compliance}"), custom_attrs={"data-label": "Compliance"}
        ),
        rx.table.row_header_cell(
            rx.link(item.candidate, href=item.href, class_name="strong wrap"),
            class_name="queue-name",
        ),
        rx.table.cell(
            rx.el.span(item.title, class_name="wrap"),
            rx.el.small(item.number, class_name="muted"),
        ),
        rx.table.cell(chip(item.status.kind, item.status.text)),
        rx.table.cell(
            rx.box(
                rx.el.span(item.waiting, class_name="figures"),
                rx.foreach(item.chips, _chip),
                rx.cond(item.looking != "", _looking(item.looking), rx.fragment()),
                class_name="chips",
            ),
        ),
        rx.table.cell(
            rx.el.span(item.age, class_name="figures"),
            rx.el.small(moment(item.ended_at, "DD MMM HH:mm"), class_name="muted"),
            custom_attrs={"data-label": "Ended"},
        ),
        align="center",
        custom_attrs={"data-attempt": item.attempt_id},
    )


def _chip(item: Chip) -> rx.Component:
    return chip(item.kind, item.text)


def _looking(names: str) -> rx.Component:
    """Who else has the attempt open, so that two don't judge the same."""
    return rx.el.span(
        rx.icon("eye", size=14), f"Also looking now: {names}", class_name="muted looking-too"
    )
