"""Everybody's own account: second factor, password, sessions."""

import reflex as rx

from proctor_app.components.forms import field, http_form
from proctor_app.components.layout import chip, moment, panel, shell, skeleton
from proctor_app.components.password import password_with_meter
from proctor_app.components.second_factor import code_field
from proctor_app.state.account import AccountState, ShownPlatform, ShownSession

_DATE = "YYYY-MM-DD HH:mm"


def page() -> rx.Component:
    return shell(
        "Account",
        AccountState.viewer,
        rx.box(
            rx.cond(
                AccountState.loaded,
                rx.box(
                    _who(),
                    panel(_second_factor()),
                    panel(_password()),
                    panel(_sessions()),
                    rx.cond(AccountState.platforms, panel(_platforms()), rx.fragment()),
                    rx.link("What is held about me", href="/my-data"),
                    class_name="stack",
                ),
                skeleton("320px"),
            ),
            class_name="account",
        ),
    )


def _who() -> rx.Component:
    return rx.box(
        rx.text(AccountState.email, weight="bold", overflow_wrap="anywhere"),
        rx.text(AccountState.role, class_name="muted"),
        rx.cond(
            AccountState.limited,
            rx.box(
                chip("notice", "One more step"),
                rx.text(
                    "This installation asks a second factor of its staff. Set it up below; until "
                    "then only this page is open to you.",
                    margin_top="4px",
                ),
                role="status",
                margin_top="8px",
            ),
            rx.link("Back to the overview", href="/"),
        ),
    )


def _second_factor() -> rx.Component:
    return rx.box(
        rx.heading("Second factor", size="4", as_="h2", margin_bottom="8px"),
        rx.cond(AccountState.second_factor_since != "", _is_on(), _is_off()),
    )


def _is_on() -> rx.Component:
    return rx.box(
        rx.flex(
            chip("ok", "On"),
            rx.text("since ", moment(AccountState.second_factor_since, _DATE), class_name="muted"),
            gap="8px",
            align="center",
            margin_bottom="12px",
        ),
        rx.el.details(
            rx.el.summary("Switch it off"),
            http_form(
                field(
                    "Password",
                    "password",
                    within="second-factor",
                    type="password",
                    required=True,
                    auto_complete="current-password",
                ),
                code_field(),
                rx.el.button("Switch off", type="submit", class_name="plain-button"),
                action="/api/v1/auth/second-factor/disable",
                as_json=True,
                leads_to="/account",
                busy_text="Checking",
                margin_top="12px",
            ),
        ),
    )


def _is_off() -> rx.Component:
    return rx.box(
        rx.text(
            "With it, logging in by password also needs a code from an app on your phone, so a "
            "password alone opens nothing.",
            class_name="muted",
            margin_bottom="12px",
        ),
        rx.cond(
            AccountState.secret == "",
            rx.el.button(
                "Set it up",
                type="button",
                on_click=AccountState.begin_second_factor,
                class_name="primary-button",
            ),
            _setup(),
        ),
    )


def _setup() -> rx.Component:
    return rx.el.ol(
        rx.el.li(
            rx.text("Scan this with an authenticator app:"),
            rx.el.img(
                src=AccountState.picture,
                alt="QR code for an authenticator app; the same as text stands below",
                class_name="qr",
            ),
            rx.text("or type it in: ", rx.el.code(AccountState.secret, class_name="secret")),
            rx.link("Open it in an app on this device", href=AccountState.uri),
        ),
        rx.el.li(
            rx.text("Enter the code that the app shows:"),
            http_form(
                code_field(),
                rx.el.button("Switch on", type="submit", class_name="primary-button"),
                action="/api/v1/auth/second-factor/confirm",
                as_json=True,
                leads_to="/account",
                busy_text="Checking",
            ),
        ),
        class_name="notice-list steps",
    )


def _password() -> rx.Component:
    return rx.box(
        rx.heading("Password", size="4", as_="h2", margin_bottom="8px"),
        http_form(
            field(
                "Present password",
                "current_password",
                type="password",
                required=True,
                auto_complete="current-password",
            ),
            password_with_meter(label="New password"),
            rx.el.button("Change the password", type="submit", class_name="plain-button"),
            action="/api/v1/auth/password",
            as_json=True,
            leads_to="",
            done_text="The password was changed. Your other sessions were ended.",
            busy_text="Changing",
        ),
    )


def _sessions() -> rx.Component:
    return rx.box(
        rx.heading("Sessions", size="4", as_="h2"),
        rx.text(
            "Where you are logged in now. End what you do not recognise, and change your password.",
            class_name="muted",
        ),
        rx.el.ul(rx.foreach(AccountState.sessions, _session), class_name="sessions"),
        rx.cond(
            AccountState.has_others,
            rx.el.button(
                "End all others",
                type="button",
                on_click=AccountState.end_others,
                class_name="plain-button",
                margin_top="12px",
            ),
            rx.fragment(),
        ),
    )


def _session(session: ShownSession) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.text(session.agent, weight="bold"),
            rx.el.small(f"{session.address}, {session.method}", class_name="muted"),
            rx.el.small(
                "since ",
                moment(session.since, _DATE),
                ", last used ",
                moment(session.last_used_at, _DATE),
                class_name="muted",
            ),
        ),
        rx.cond(
            session.current,
            chip("ok", "This session"),
            rx.el.button(
                "End",
                type="button",
                on_click=AccountState.end_session(session.id),  # type: ignore[operator]
                class_name="plain-button",
                custom_attrs={"aria-label": f"End the session {session.agent}, {session.address}"},
            ),
        ),
        custom_attrs={"data-session": session.id},
    )


def _platforms() -> rx.Component:
    return rx.box(
        rx.heading("Learning platforms", size="4", as_="h2"),
        rx.text(
            "Whoever these say you are is logged in here without a password. Remove what you do "
            "not know; where your account has no password, set one first, or you can't come back. "
            "Your other sessions end.",
            class_name="muted",
        ),
        rx.el.ul(rx.foreach(AccountState.platforms, _platform), class_name="sessions"),
    )


def _platform(platform: ShownPlatform) -> rx.Component:
    return rx.el.li(
        rx.text(platform.name, weight="bold"),
        rx.el.button(
            "Remove",
            type="button",
            on_click=AccountState.remove_platform(platform.id),  # type: ignore[operator]
            class_name="plain-button",
            custom_attrs={"aria-label": f"Remove {platform.name}"},
        ),
        custom_attrs={"data-platform": platform.id},
    )
