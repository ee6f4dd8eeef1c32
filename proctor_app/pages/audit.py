"""The admins' page of the audit log: who did what to whom, the newest first."""

import reflex as rx

from proctor_app.components.layout import empty, moment, panel, shell, skeleton
from proctor_app.components.listing import choice, failed, pager
from proctor_app.components.nav import admin_nav
from proctor_app.state.audit import KINDS, AuditState, ShownEntry


def page() -> rx.Component:
    return shell(
        "Log",
        AuditState.viewer,
        panel(
            _tools(),
            rx.cond(
                AuditState.loaded,
                rx.cond(
                    AuditState.problem != "",
                    failed(AuditState.problem, AuditState.load),
                    rx.cond(
                        AuditState.entries,
                        _table(),
                        empty("scroll-text", "No such entries", "Choose another kind or person."),
                    ),
                ),
                skeleton("480px"),
            ),
            pager(
                AuditState.has_newer,
                AuditState.newer,
                AuditState.has_older,
                AuditState.older,
                previous="Newer",
                following="Older",
            ),
        ),
        right=admin_nav("Log"),
    )


def _tools() -> rx.Component:
    return rx.flex(
        choice("Kind", AuditState.kind, {"": "Everything"} | KINDS, AuditState.filter_kind),
        rx.cond(
            AuditState.person != "",
            rx.el.button(
                "Entries of one person",
                rx.icon("x", size=14),
                type="button",
                on_click=AuditState.filter_person(""),  # type: ignore[operator]
                class_name="plain-button",
                custom_attrs={"aria-label": "Entries of one person: show everybody's"},
            ),
            rx.fragment(),
        ),
        rx.spacer(),
        rx.el.small(
            "Entries can't be changed here; ",
            rx.el.code("python -m proctor_app verify-log"),
            " checks that nobody did elsewhere.",
            class_name="muted",
        ),
        class_name="tools",
    )


def _table() -> rx.Component:
    heads = ["No.", "When", "Who", "Did", "To", "Details"]
    return rx.table.root(
        rx.table.header(rx.table.row(*map(rx.table.column_header_cell, heads))),
        rx.table.body(rx.foreach(AuditState.entries, _row)),
        id="log",
        class_name="log",
    )


def _row(entry: ShownEntry) -> rx.Component:
    return rx.table.row(
        rx.table.cell(entry.number, class_name="figures muted"),
        rx.table.cell(moment(entry.at, "YYYY-MM-DD HH:mm:ss")),
        rx.table.cell(
            _person(entry.who, entry.who_id),
            rx.cond(
                entry.role != "", rx.el.span(f" · {entry.role}", class_name="muted"), rx.fragment()
            ),
            custom_attrs={"data-label": "By"},
        ),
        rx.table.cell(rx.el.span(entry.action, class_name="strong")),
        rx.table.cell(
            rx.cond(
                entry.upon_kind == "user",
                _person(entry.upon, entry.upon_id),
                rx.el.span(f"{entry.upon_kind} {entry.upon}", class_name="wrap"),
            ),
            custom_attrs={"data-label": "To"},
        ),
        rx.table.cell(rx.el.span(entry.detail, class_name="muted wrap")),
        align="center",
    )


def _person(words: str, user_id: str) -> rx.Component:
    return rx.cond(
        user_id != "",
        rx.el.button(
            words,
            type="button",
            on_click=AuditState.filter_person(user_id),  # type: ignore[operator]
            title=user_id,
            class_name="text-button wrap",
        ),
        rx.el.span(words),
    )
