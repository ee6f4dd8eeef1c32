"""An admin's first page: the installation at a glance."""

import reflex as rx

from proctor_app.components.layout import panel, shell, skeleton
from proctor_app.state.home import AdminState


def page() -> rx.Component:
    return shell(
        "Overview",
        AdminState.viewer,
        rx.cond(AdminState.loaded, rx.box(_figures(), _links()), skeleton("240px")),
    )


def _figures() -> rx.Component:
    return rx.grid(
        _figure("Running now", AdminState.running),
        _figure("Interrupted", AdminState.interrupted),
        _figure("Finished", AdminState.finished),
        columns=rx.breakpoints(initial="1", sm="3"),
        gap="12px",
        margin_bottom="16px",
    )


def _figure(name: str, value: int) -> rx.Component:
    return panel(
        rx.text(name, class_name="muted"),
        rx.text(value, size="7", weight="bold", class_name="figures"),
    )


def _links() -> rx.Component:
    return panel(
        rx.flex(
            rx.link("Live view", href="/proctor", class_name="primary-button", underline="none"),
            rx.link("API documents", href="/api/docs", is_external=True),
            gap="16px",
            align="center",
        ),
    )
