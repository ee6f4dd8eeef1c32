"""Dialogs of the webhooks' page, and the log of one of them."""

import reflex as rx

from proctor_app.components.dialogs import form_dialog, leave_button
from proctor_app.components.files import copy_button
from proctor_app.components.layout import chip, empty, moment, panel
from proctor_app.components.listing import choice, failed, pager
from proctor_app.state.webhooks import WebhooksState as State
from proctor_app.state.webhooks_words import KINDS, STATES, ShownDelivery

_STATES = {"": "All states"} | {state.value: shown.text for state, shown in STATES.items()}


def edit_dialog() -> rx.Component:
    return form_dialog(
        "Webhook",
        "Messages go to this address by POST, signed with a secret that is shown once.",
        State.editing,
        State.leave,
        rx.form(
            _line("Address", "url", State.edited.url, "https://lms.example.org/hooks", "url"),
            _line("Description", "description", State.edited.description, "", "text"),
            _exam(),
            rx.el.fieldset(
                rx.el.legend("Told of", class_name="field-label"),
                *(_event(kind.value, text) for kind, text in KINDS.items()),
                class_name="plain-fieldset",
            ),
            rx.el.p(State.edit_problem, role="alert", class_name="form-problem"),
            rx.box(
                leave_button(),
                rx.el.button("Keep", type="submit", class_name="primary-button"),
                class_name="dialog-actions",
            ),
            on_submit=State.keep,
            key=f"webhook {State.epoch}",
            class_name="dialog-form",
        ),
    )


def _line(label: str, name: str, value: str, example: str, kind: str) -> rx.Component:
    return rx.box(
        rx.el.label(label, html_for=name, class_name="field-label"),
        rx.el.input(
            id=name,
            name=name,
            type=kind,
            default_value=value,
            placeholder=example,
            max_length=1000 if kind == "url" else 120,
            required=kind == "url",
            auto_complete="off",
            class_name="field-input",
        ),
        margin_bottom="12px",
    )


def _exam() -> rx.Component:
    return rx.box(
        rx.el.label("Exam", html_for="exam_id", class_name="field-label"),
        rx.el.select(
            rx.el.option("All exams and free sessions", value=""),
            rx.foreach(State.exams, lambda one: rx.el.option(one[1], value=one[0])),
            id="exam_id",
            name="exam_id",
            default_value=State.edited.exam_id,
            class_name="field-input",
        ),
        margin_bottom="12px",
    )


def _event(name: str, words: str) -> rx.Component:
    is_on = State.edited.kinds.contains(name) | (State.edited.id == "")  # type: ignore[attr-defined]
    return rx.el.label(
        rx.el.input(type="checkbox", name=f"event.{name}", default_checked=is_on),
        rx.el.span(words),
        class_name="switch-line",
    )


def secret_dialog() -> rx.Component:
    return form_dialog(
        "The secret of this webhook",
        "Give it to the receiver now: it is not shown again. A new one can be made at any time.",
        State.secret != "",
        State.leave,
        rx.flex(
            rx.el.code(State.secret, id="secret", class_name="wrap"),
            copy_button(text=State.secret, label="Copy the secret"),
            gap="8px",
            align="center",
        ),
        rx.box(leave_button("I have it"), class_name="dialog-actions"),
    )


def log() -> rx.Component:
    return panel(
        rx.box(
            rx.heading("Log of ", rx.el.span(State.opened.url, class_name="wrap"), size="4"),
            rx.spacer(),
            choice("State", State.chosen_state, _STATES, State.filter_state),
            rx.el.button(
                "Refresh", type="button", on_click=State.refresh, class_name="plain-button"
            ),
            class_name="tools",
        ),
        rx.cond(
            State.log_problem != "",
            failed(State.log_problem, State.refresh),
            rx.cond(
                State.deliveries,
                _table(),
                empty("mailbox", "Nothing here", "What is sent to this address shows up here."),
            ),
        ),
        pager(
            State.has_previous,
            State.previous_page,
            State.has_next,
            State.next_page,
            previous="Newer",
            following="Older",
        ),
        margin_top="16px",
    )


def _table() -> rx.Component:
    heads = ["When", "What", "State", "Tries", "Last answer", "Message"]
    return rx.table.root(
        rx.table.header(
            rx.table.row(
                *map(rx.table.column_header_cell, heads),
                rx.table.column_header_cell(rx.el.span("Actions", class_name="only-read")),
            )
        ),
        rx.table.body(rx.foreach(State.deliveries, _row)),
        id="deliveries",
        class_name="as-cards",
    )


def _row(one: ShownDelivery) -> rx.Component:
    return rx.table.row(
        rx.table.cell(moment(one.created_at, "YYYY-MM-DD HH:mm:ss")),
        rx.table.cell(
            rx.el.span(one.kind, class_name="strong"),
            rx.cond(one.repeats, rx.el.div("sent once more", class_name="muted"), rx.fragment()),
        ),
        rx.table.cell(chip(one.state.kind, one.state.text)),
        rx.table.cell(
            one.tries,
            rx.cond(
                one.next_try_at != "",
                rx.el.div("next ", moment(one.next_try_at, "MM-DD HH:mm:ss"), class_name="muted"),
                rx.fragment(),
            ),
        ),
        rx.table.cell(
            rx.cond(one.answer != "", one.answer, rx.el.span("None yet", class_name="muted")),
            rx.el.div(one.problem, class_name="muted wrap"),
        ),
        rx.table.cell(
            rx.el.details(
                rx.el.summary(one.short_id),
                rx.el.pre(one.body, class_name="wrap", white_space="pre-wrap"),
            )
        ),
        rx.table.cell(
            rx.cond(
                one.may_repeat,
                rx.el.button(
                    "Send again",
                    type="button",
                    on_click=State.redeliver(one.id),  # type: ignore[operator]
                    class_name="plain-button",
                    custom_attrs={"aria-label": f"Send {one.short_id} again"},
                ),
                rx.fragment(),
            )
        ),
        align="center",
        custom_attrs={"data-delivery": one.id},
    )
