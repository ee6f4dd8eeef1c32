"""The admins' page of API keys: what machines may do here, and how much they do."""

from collections.abc import Sequence

import reflex as rx

from proctor_app.components.dialogs import confirm_dialog, form_dialog, leave_button
from proctor_app.components.files import copy_button
from proctor_app.components.forms import field
from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.components.listing import failed
from proctor_app.components.nav import admin_nav
from proctor_app.state.api_keys import ApiKeysState
from proctor_app.state.api_keys_words import EXPIRIES, SCOPES, ShownKey


def page() -> rx.Component:
    return shell(
        "API keys",
        ApiKeysState.viewer,
        panel(
            _tools(),
            rx.cond(
                ApiKeysState.loaded,
                rx.cond(
                    ApiKeysState.problem != "",
                    failed(ApiKeysState.problem, ApiKeysState.load),
                    rx.cond(ApiKeysState.keys, _table(), _nothing()),
                ),
                skeleton("360px"),
            ),
        ),
        _make(),
        confirm_dialog(
            ApiKeysState.asking,
            ApiKeysState.asked,
            ApiKeysState.busy,
            ApiKeysState.confirm,
            ApiKeysState.close,
        ),
        right=admin_nav("API keys"),
    )


def _tools() -> rx.Component:
    return rx.el.div(
        rx.el.small(
            "A key lets a machine do a part of what its owner may. Verdicts, results, accounts and "
            "keys stay with people.",
            class_name="muted api-keys-words",
        ),
        rx.spacer(),
        rx.el.button(
            rx.icon("plus", size=16),
            "New key",
            type="button",
            on_click=ApiKeysState.show_making(True),  # type: ignore[operator]
            class_name="primary-button",
        ),
        class_name="tools",
    )


def _nothing() -> rx.Component:
    return empty(
        "key-round",
        "No API keys yet",
        "Make one for each program that talks to this installation, so that each can be revoked "
        "alone.",
    )


def _table() -> rx.Component:
    heads = ["Key", "May", "State", "Today", "Last used", "Expires"]
    return rx.table.root(
        rx.table.header(
            rx.table.row(
                *map(rx.table.column_header_cell, heads),
                rx.table.column_header_cell(rx.el.span("Actions", class_name="only-read")),
            )
        ),
        rx.table.body(rx.foreach(ApiKeysState.keys, _row)),
        id="api-keys",
        class_name="api-keys",
    )


def _row(key: ShownKey) -> rx.Component:
    return rx.table.row(
        rx.table.row_header_cell(
            rx.el.span(key.name, class_name="strong wrap"),
            rx.el.div(
                rx.el.code(f"{key.prefix}…"),
                f" · {key.owner} · ",
                moment(key.created_at, "YYYY-MM-DD"),
                class_name="muted wrap",
            ),
        ),
        rx.table.cell(
            rx.el.ul(
                rx.foreach(key.scopes, lambda scope: rx.el.li(rx.el.code(scope))),
                class_name="key-scopes",
                custom_attrs={"aria-label": "Scopes"},
            )
        ),
        rx.table.cell(chip(key.state.kind, key.state.text)),
        rx.table.cell(_use(key), custom_attrs={"data-label": "Today"}),
        rx.table.cell(
            rx.cond(
                key.last_used_at != "",
                moment(key.last_used_at, "YYYY-MM-DD HH:mm"),
                rx.el.span("Never", class_name="muted"),
            ),
            custom_attrs={"data-label": "Last used"},
        ),
        rx.table.cell(
            rx.cond(
                key.expires_at != "",
                moment(key.expires_at, "YYYY-MM-DD"),
                rx.el.span("Never", class_name="muted"),
            ),
            custom_attrs={"data-label": "Expires"},
        ),
        rx.table.cell(rx.cond(key.may_end, _revoke(key), rx.fragment()), class_name="key-end"),
        align="center",
        custom_attrs={"data-key": key.id},
    )


def _use(key: ShownKey) -> rx.Component:
    """Requests since midnight in UTC, in words and, beside a quota, as a bar."""
    return rx.box(
        rx.el.span(key.used, class_name="figures"),
        rx.cond(
            key.share != "",
            rx.el.div(
                rx.el.span(style={"width": key.share}),
                class_name=rx.cond(key.is_nearly_full, "key-bar key-bar-full", "key-bar"),
                aria_hidden="true",
            ),
            rx.fragment(),
        ),
        rx.el.small(key.rate, class_name="muted figures"),
        class_name="key-use",
    )


def _revoke(key: ShownKey) -> rx.Component:
    return rx.el.button(
        "Revoke",
        type="button",
        on_click=ApiKeysState.ask(key.id),  # type: ignore[operator]
        class_name="plain-button",
        custom_attrs={"aria-label": f"Revoke {key.name}"},
    )


def _make() -> rx.Component:
    return form_dialog(
        "New API key",
        "It acts for you, with no more than what you choose here. It ends when your role changes.",
        ApiKeysState.making,
        ApiKeysState.show_making,
        rx.cond(ApiKeysState.made != "", _made(), _form()),
        width="640px",
    )


def _form() -> rx.Component:
    return rx.form(
        field(
            "Name",
            "name",
            "What uses it, such as “Roster sync of the registry”.",
            max_length=80,
            required=True,
            auto_focus=True,
            auto_complete="off",
        ),
        rx.el.fieldset(
            rx.el.legend("What it may do", class_name="field-label"),
            *(_scopes(words, scopes) for words, scopes in SCOPES),
            class_name="plain-fieldset",
        ),
        rx.box(
            _expiry(),
            _count("Requests a minute", "per_minute", "120", least=1),
            _count("Requests a day (UTC)", "per_day", "10000", "0 for no quota", least=0),
            class_name="key-limits",
        ),
        rx.el.p(ApiKeysState.make_problem, role="alert", class_name="form-problem"),
        rx.box(
            leave_button(),
            rx.el.button("Make the key", type="submit", class_name="primary-button"),
            class_name="dialog-actions",
        ),
        on_submit=ApiKeysState.create,
    )


def _count(label: str, name: str, value: str, hint: str = "", *, least: int) -> rx.Component:
    return field(label, name, hint, type="number", min=least, default_value=value, required=True)


def _scopes(words: str, scopes: Sequence[tuple[str, str]]) -> rx.Component:
    return rx.box(
        rx.el.span(words, class_name="strong"),
        *(
            rx.el.label(
                rx.el.input(type="checkbox", name=f"scope.{scope}"),
                rx.el.span(meaning, " ", rx.el.code(scope, class_name="muted")),
                class_name="switch-line",
            )
            for scope, meaning in scopes
        ),
        class_name="key-subject",
    )


def _expiry() -> rx.Component:
    return rx.box(
        rx.el.label("Expires", html_for="expires", class_name="field-label"),
        rx.el.select(
            *(rx.el.option(words, value=days) for days, words in EXPIRIES.items()),
            id="expires",
            name="expires",
            default_value="90",
            class_name="field-input",
        ),
    )


def _made() -> rx.Component:
    return rx.box(
        rx.el.p(
            rx.icon("triangle-alert", size=18),
            rx.el.span("Copy it now: it is shown this once, and nobody can look it up later."),
            class_name="key-warning",
            role="status",
        ),
        copy_button(text=ApiKeysState.made, label="Copy the key"),
        rx.el.p(
            "Send it in the header ",
            rx.el.code("X-API-Key"),
            ", never in an address, and keep it where passwords are kept.",
            class_name="muted",
        ),
        rx.box(leave_button("Done"), class_name="dialog-actions"),
        class_name="key-made",
    )
