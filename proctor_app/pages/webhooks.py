"""The admins' page of webhooks: a list with their health, a dialog, and the log of one."""

import reflex as rx

from proctor_app.components.dialogs import confirm_dialog
from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.components.listing import failed
from proctor_app.components.nav import admin_nav
from proctor_app.pages.webhook_parts import edit_dialog, log, secret_dialog
from proctor_app.state.webhooks import WebhooksState as State
from proctor_app.state.webhooks_words import ShownWebhook


def page() -> rx.Component:
    return shell(
        "Webhooks",
        State.viewer,
        panel(
            _tools(),
            rx.cond(
                State.loaded,
                rx.cond(
                    State.problem != "",
                    failed(State.problem, State.load),
                    rx.cond(State.webhooks, _table(), _none()),
                ),
                skeleton("240px"),
            ),
        ),
        rx.cond(State.opened.id != "", log(), rx.fragment()),
        edit_dialog(),
        secret_dialog(),
        confirm_dialog(State.asking, State.asked, State.busy, State.confirm, State.leave),
        right=admin_nav("Webhooks"),
    )


def _tools() -> rx.Component:
    return rx.box(
        rx.el.p(
            "Other systems are told what happens: signed messages, with ids and times alone.",
            class_name="muted",
        ),
        rx.spacer(),
        rx.el.p(
            State.said,
            role="status",
            class_name=rx.cond(State.said_good, "form-note", "form-problem"),
        ),
        rx.el.button(
            "Add a webhook",
            type="button",
            on_click=State.edit(""),  # type: ignore[operator]
            class_name="primary-button",
        ),
        class_name="tools",
    )


def _none() -> rx.Component:
    return empty(
        "webhook",
        "No webhooks yet",
        "Add the address of a system that is to hear of incidents, ends and verdicts.",
    )


def _table() -> rx.Component:
    heads = ["Address", "Told of", "Health", "Last taken", "Waiting"]
    return rx.table.root(
        rx.table.header(
            rx.table.row(
                *map(rx.table.column_header_cell, heads),
                rx.table.column_header_cell(rx.el.span("Actions", class_name="only-read")),
            )
        ),
        rx.table.body(rx.foreach(State.webhooks, _row)),
        id="webhooks",
        class_name="as-cards",
    )


def _row(hook: ShownWebhook) -> rx.Component:
    return rx.table.row(
        rx.table.cell(
            rx.el.span(hook.url, class_name="strong wrap"),
            rx.el.div(hook.description, class_name="muted wrap"),
        ),
        rx.table.cell(
            rx.el.span(hook.kinds_words, class_name="wrap"),
            rx.el.div(hook.scope, class_name="muted wrap"),
        ),
        rx.table.cell(_health(hook)),
        rx.table.cell(
            rx.cond(
                hook.delivered_at != "",
                rx.fragment(moment(hook.delivered_at, "YYYY-MM-DD HH:mm"), " · ", hook.answer),
                rx.el.span("Never", class_name="muted"),
            ),
            custom_attrs={"data-label": "Last taken"},
        ),
        rx.table.cell(
            rx.cond(hook.waiting != "", hook.waiting, rx.el.span("None", class_name="muted")),
            custom_attrs={"data-label": "Waiting"},
        ),
        rx.table.cell(_actions(hook)),
        align="center",
        custom_attrs={"data-webhook": hook.id},
    )


def _health(hook: ShownWebhook) -> rx.Component:
    return rx.fragment(
        chip(hook.health.kind, hook.health.text),
        rx.cond(
            hook.failing_since != "",
            rx.el.div(
                "since ",
                moment(hook.failing_since, "MM-DD HH:mm"),
                f". {hook.problem}",
                class_name="muted wrap",
            ),
            rx.fragment(),
        ),
    )


def _actions(hook: ShownWebhook) -> rx.Component:
    return rx.flex(
        rx.el.button(
            rx.cond(State.testing == hook.id, "Testing …", "Test"),
            type="button",
            on_click=State.test(hook.id),  # type: ignore[operator]
            disabled=State.testing == hook.id,
            class_name="plain-button",
            custom_attrs={"aria-label": f"Send a test to {hook.url}"},
        ),
        rx.el.button(
            "Log",
            type="button",
            on_click=State.open_log(hook.id),  # type: ignore[operator]
            class_name="plain-button",
            custom_attrs={"aria-label": f"Log of {hook.url}"},
        ),
        _menu(hook),
        gap="8px",
        wrap="wrap",
    )


def _menu(hook: ShownWebhook) -> rx.Component:
    paused = State.pause(hook.id, True)  # type: ignore[operator]
    resumed = State.pause(hook.id, False)  # type: ignore[operator]
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                rx.icon("ellipsis", size=18),
                type="button",
                class_name="icon-button",
                custom_attrs={"aria-label": f"More for {hook.url}"},
            )
        ),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item("Change", on_select=State.edit(hook.id)),  # type: ignore[operator]
            rx.cond(
                hook.is_paused,
                rx.dropdown_menu.item("Send again", on_select=resumed),
                rx.dropdown_menu.item("Pause", on_select=paused),
            ),
            rx.dropdown_menu.item(
                "New secret …",
                on_select=State.ask("rotate", hook.id),  # type: ignore[operator]
            ),
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item(
                "Delete …",
                on_select=State.ask("delete", hook.id),  # type: ignore[operator]
                color_scheme="red",
            ),
        ),
    )
