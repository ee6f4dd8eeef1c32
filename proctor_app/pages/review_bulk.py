"""The dialog in which all that a faulty rule noted is dismissed, or brought back."""

import reflex as rx

from proctor_app.components.dialogs import form_dialog, leave_button
from proctor_app.components.layout import moment
from proctor_app.state.review_bulk import RULES, BulkState, ShownBulk
from proctor_app.state.review_queue import ReviewQueueState


def bulk_dialog() -> rx.Component:
    return form_dialog(
        "Dismiss what a faulty rule noted",
        "All incidents of one kind that nobody has judged yet. What people judged stays, and so "
        "do your own attempts. It can be taken back.",
        BulkState.is_open,
        BulkState.open,
        _choices(),
        rx.form(
            rx.el.p(_concerned(), id="concerned", role="status", class_name="strong"),
            rx.el.label("Reason", html_for="bulk-reason", class_name="field-label"),
            rx.el.textarea(
                id="bulk-reason",
                name="reason",
                rows=2,
                max_length=1000,
                class_name="field-input",
                disabled=BulkState.busy,
            ),
            rx.cond(
                BulkState.busy,
                rx.el.progress(
                    value=BulkState.done,
                    max=rx.cond(BulkState.of > 0, BulkState.of, 1),
                    class_name="bulk-progress",
                    aria_label="Attempts done",
                ),
                rx.fragment(),
            ),
            rx.el.p(BulkState.problem, role="alert", class_name="form-problem"),
            rx.el.p(BulkState.result, role="status", class_name="bulk-result"),
            rx.box(
                leave_button("Close"),
                rx.el.button(
                    rx.cond(
                        BulkState.busy,
                        f"{BulkState.done} of {BulkState.of} attempts …",
                        f"Dismiss {BulkState.count}",
                    ),
                    type="submit",
                    id="dismiss-all",
                    disabled=BulkState.busy | (BulkState.count == 0),
                    class_name="primary-button",
                ),
                class_name="dialog-actions",
            ),
            on_submit=BulkState.dismiss,
        ),
        rx.cond(
            BulkState.past,
            rx.fragment(
                rx.heading("Dismissed before", size="3", as_="h3", margin_top="20px"),
                rx.el.ul(rx.foreach(BulkState.past, _past), class_name="names", id="bulks"),
            ),
            rx.fragment(),
        ),
        width="600px",
    )


def _choices() -> rx.Component:
    return rx.box(
        rx.el.label("Exam", html_for="bulk-exam", class_name="field-label"),
        rx.el.select(
            rx.el.option("Free sessions", value=""),
            rx.foreach(ReviewQueueState.exams, lambda one: rx.el.option(one[1], value=one[0])),
            id="bulk-exam",
            value=BulkState.exam,
            on_change=BulkState.choose_exam,
            disabled=BulkState.busy,
            class_name="field-input",
        ),
        rx.el.label("Kind of incident", html_for="bulk-rule", class_name="field-label"),
        rx.el.select(
            rx.el.option("Choose one", value=""),
            *(rx.el.option(words, value=key) for key, words in RULES.items()),
            id="bulk-rule",
            value=BulkState.rule,
            on_change=BulkState.choose_rule,
            disabled=BulkState.busy,
            class_name="field-input",
        ),
        class_name="bulk-choices",
    )


def _concerned() -> rx.Component:
    return rx.cond(
        BulkState.rule == "",
        "",
        rx.match(
            BulkState.count,
            (0, "No incident of this kind waits to be judged."),
            (1, "It concerns 1 incident."),
            f"It concerns {BulkState.count} incidents.",
        ),
    )


def _past(one: ShownBulk) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.el.span(one.words, class_name="strong"),
            rx.el.div(
                one.who, " · ", moment(one.at, "DD MMM HH:mm"), " · ", one.reason,
                class_name="muted wrap",
            ),
        ),
        rx.cond(
            one.can_undo,
            rx.el.button(
                "Bring back",
                type="button",
                on_click=BulkState.undo(one.bulk_id),  # type: ignore[misc]
                disabled=BulkState.busy,
                class_name="plain-button",
            ),
            rx.fragment(),
        ),
        custom_attrs={"data-bulk": one.bulk_id},
    )  # fmt: skip
