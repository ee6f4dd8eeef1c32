"""The proctor's page: live table, alert feed, timeline."""

import reflex as rx

from proctor_app.components.layout import chip, empty, moment, offline, panel, shell, skeleton
from proctor_app.state.proctor import ProctorState
from proctor_app.state.shown import Chip, ShownIncident, ShownRow


def page() -> rx.Component:
    return shell(
        "Live",
        ProctorState.viewer,
        rx.cond(
            ProctorState.loaded,
            rx.box(
                rx.box(panel(_table()), panel(_timeline()), class_name="stack"),
                _feed(),
                class_name="wall-grid",
            ),
            rx.box(skeleton("320px"), skeleton("320px"), class_name="wall-grid"),
        ),
        right=offline(
            _counts(), instead=rx.text("What you see is from before.", class_name="muted")
        ),
    )


def _counts() -> rx.Component:
    return rx.flex(
        _count("ok", ProctorState.running, "running"),
        _count("notice", ProctorState.notices, "open notices"),
        _count("alert", ProctorState.alerts, "open alerts"),
        gap="8px",
        wrap="wrap",
        aria_live="polite",
    )


def _count(kind: str, number: int, words: str) -> rx.Component:
    return chip(rx.cond(number > 0, kind, "none"), f"{number} {words}")


def _table() -> rx.Component:
    heads = ["Picture", "Candidate", "Compliance", "Open incidents", "Since"]
    return rx.box(
        rx.heading("Candidates", size="4", as_="h2", margin_bottom="8px"),
        rx.cond(
            ProctorState.rows,
            rx.table.root(
                rx.table.header(rx.table.row(*map(rx.table.column_header_cell, heads))),
                rx.table.body(rx.foreach(ProctorState.rows, _row)),
                id="candidates",
                class_name="as-cards",
            ),
            empty(
                "users",
                "Nobody is being monitored yet",
                "Candidates appear here the moment they start.",
            ),
        ),
    )


def _row(row: ShownRow) -> rx.Component:
    return rx.table.row(
        rx.table.cell(
            rx.box(
                rx.cond(
                    row.picture != "",
                    rx.el.img(src=row.picture, alt="Last picture", class_name="thumb"),
                    rx.box(rx.icon("camera-off", size=20), class_name="thumb thumb-empty"),
                ),
                rx.cond(row.picture_age != "", rx.el.span(row.picture_age, class_name="age"), ""),
                class_name="thumb-box",
            )
        ),
        rx.table.cell(
            rx.text(row.candidate, weight="bold"),
            rx.flex(
                chip(row.state.kind, row.state.text),
                chip(row.seen.kind, row.seen.text),
                gap="6px",
                wrap="wrap",
            ),
        ),
        rx.table.cell(
            rx.text(row.compliance, weight="bold", class_name="figures"),
            custom_attrs={"data-label": "Compliance"},
        ),
        rx.table.cell(
            rx.flex(
                rx.cond(
                    row.incidents,
                    rx.foreach(row.incidents, _open_incident),
                    rx.text("None", class_name="muted"),
                ),
                gap="6px",
                wrap="wrap",
            )
        ),
        rx.table.cell(moment(row.started_at, "HH:mm"), custom_attrs={"data-label": "Since"}),
        class_name=rx.cond(row.urgent, "urgent", ""),
        align="center",
        custom_attrs={"data-attempt": row.attempt_id},
    )


def _open_incident(item: Chip) -> rx.Component:
    return chip(item.kind, item.text)


def _timeline() -> rx.Component:
    return rx.box(
        rx.heading("Incidents over time", size="4", as_="h2", margin_bottom="8px"),
        rx.cond(
            ProctorState.rows,
            rx.plotly(
                data=ProctorState.figure,
                config={"displaylogo": False, "responsive": True},
                width="100%",
                use_resize_handler=True,
            ),
            empty("chart-no-axes-gantt", "Nothing to draw yet"),
        ),
    )


def _feed() -> rx.Component:
    return rx.el.aside(
        panel(
            rx.heading("Alerts", size="4", as_="h2", margin_bottom="8px"),
            rx.cond(
                ProctorState.feed,
                rx.el.ul(rx.foreach(ProctorState.feed, _feed_item), class_name="feed"),
                empty("bell", "No incidents", "They appear here within a second."),
            ),
        )
    )


def _feed_item(item: ShownIncident) -> rx.Component:
    return rx.el.li(
        rx.box(
            chip(item.kind, item.event),
            rx.text(item.candidate, weight="bold"),
            rx.el.small(
                moment(item.at),
                " · ",
                rx.cond(item.is_open, "open", item.lasted),
                class_name="muted",
            ),
        ),
        rx.cond(
            item.evidence != "",
            rx.link(
                rx.el.img(src=item.evidence, alt="Evidence", class_name="thumb", loading="lazy"),
                href=item.evidence,
                is_external=True,
            ),
            rx.fragment(),
        ),
        custom_attrs={"data-incident": item.id},
    )
