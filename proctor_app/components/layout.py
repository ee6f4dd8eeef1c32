"""The frame of every page: header, panels, chips, and what an empty place says."""

import reflex as rx
from reflex.components.core.banner import has_connection_errors

from proctor_app.components.forms import http_form

_ICONS = {
    "ok": "circle-check",
    "notice": "triangle-alert",
    "alert": "octagon-alert",
    "none": "minus",
}


def logged_out_shell(*children: rx.Component, width: str = "420px") -> rx.Component:
    """A narrow page in the middle, for log-in and sign-up."""
    return rx.el.main(
        rx.box(
            rx.flex(
                rx.icon("shield-check", size=26, color="var(--accent-9)"),
                rx.heading("Proctor", size="6", as_="span"),
                align="center",
                gap="8px",
                margin_bottom="20px",
            ),
            panel(*children, padding="24px"),
            width="100%",
            max_width=width,
        ),
        class_name="centred",
    )


def shell(
    title: str, viewer: str, *children: rx.Component, right: rx.Component | None = None
) -> rx.Component:
    """A page with its header: title, what belongs to the page at the right, who is logged in."""
    return rx.box(
        page_header(title, viewer, right),
        rx.el.main(*children, class_name="page-main"),
    )


def page_header(title: str, viewer: str, right: rx.Component | None = None) -> rx.Component:
    return rx.el.header(
        rx.link(
            rx.icon("shield-check", size=22, color="var(--accent-9)"),
            href="/",
            custom_attrs={"aria-label": "First page"},
        ),
        rx.heading(title, size="5", as_="h1"),
        rx.spacer(),
        rx.cond(has_connection_errors, chip("notice", "No connection"), rx.fragment()),
        right or rx.fragment(),
        account_link(viewer),
        rx.color_mode.button(size="2", aria_label="Light or dark"),
        log_out(),
        class_name="page-header",
    )


def account_link(viewer: str) -> rx.Component:
    """Whoever is logged in, leading to their account; on a narrow page a picture alone."""
    return rx.link(
        rx.icon("circle-user-round", size=20),
        rx.el.span(viewer, class_name="viewer"),
        href="/account",
        underline="none",
        class_name="account-link",
        custom_attrs={"aria-label": f"Your account, {viewer}"},
    )


def log_out() -> rx.Component:
    """A form of its own: the route clears the cookie, then the front page is loaded afresh."""
    return http_form(
        rx.el.button("Log out", type="submit", class_name="plain-button"),
        action="/api/v1/auth/logout",
        leads_to="/login",
        busy_text="Logging out",
        class_name="inline-form",
    )


def panel(*children: rx.Component, class_name: str = "", **style: str) -> rx.Component:
    return rx.box(*children, class_name=f"panel {class_name}", **style)


def chip(kind: str, text: str) -> rx.Component:
    """Severity by colour and icon and word; unknown is grey."""
    icons = [(name, rx.icon(icon, size=14)) for name, icon in _ICONS.items()]
    return rx.el.span(
        rx.match(kind, *icons, rx.icon("circle-help", size=14)),
        text,
        class_name="chip chip-" + kind,
    )


def offline(online: rx.Component, instead: rx.Component | None = None) -> rx.Component:
    """Show something else while the server can't be reached: by default, words that say so."""
    words = rx.box(
        chip("notice", "No connection"),
        rx.el.small(
            "The server can't be reached. It is tried again by itself; nothing is lost.",
            class_name="muted",
        ),
    )
    return rx.cond(has_connection_errors, words if instead is None else instead, online)


def empty(icon: str, title: str, *text: str | rx.Component) -> rx.Component:
    """What a place says while there is nothing to show in it."""
    return rx.flex(
        rx.icon(icon, size=28, color="var(--gray-9)"),
        rx.text(title, weight="bold"),
        rx.text(*text, class_name="muted"),
        class_name="empty",
    )


def moment(at: str, form: str = "HH:mm:ss") -> rx.Component:
    """A time of the server's in the zone of whoever looks."""
    return rx.moment(at, format=form, class_name="figures")


def skeleton(height: str) -> rx.Component:
    """A grey place of the size of what is coming."""
    return rx.skeleton(rx.box(height=height, width="100%"), loading=True)
