"""The admins' page of learning platforms."""

import reflex as rx

from proctor_app.components.dialogs import form_dialog, leave_button
from proctor_app.components.files import copy_button
from proctor_app.components.forms import field
from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.components.listing import failed
from proctor_app.components.nav import admin_nav
from proctor_app.state.lti import LtiState as State
from proctor_app.state.lti import ShownGrade, ShownPlatform


def page() -> rx.Component:
    return shell(
        "Platforms",
        State.viewer,
        rx.cond(
            State.loaded,
            rx.cond(
                State.problem != "",
                panel(failed(State.problem, State.load)),
                rx.box(_platforms(), _addresses(), _scores(), class_name="stack"),
            ),
            skeleton("480px"),
        ),
        _dialog(),
        right=admin_nav("Platforms"),
    )


def _platforms() -> rx.Component:
    return panel(
        rx.box(
            rx.heading("Learning platforms", size="4", as_="h2"),
            rx.spacer(),
            rx.el.button(
                rx.icon("plus", size=16),
                "Add a platform",
                type="button",
                on_click=State.edit(""),  # type: ignore[operator]
                class_name="primary-button",
            ),
            class_name="tools",
        ),
        rx.cond(
            State.platforms,
            rx.el.ul(rx.foreach(State.platforms, _platform), class_name="exam-list"),
            empty(
                "school",
                "No learning platform yet",
                "Moodle, Canvas and others can send people here and get their scores, by LTI 1.3.",
            ),
        ),
    )


def _platform(one: ShownPlatform) -> rx.Component:
    disable = State.disable(one.id, rx.cond(one.is_disabled, False, True))  # type: ignore[operator]
    return rx.el.li(
        rx.box(
            rx.flex(
                rx.text(one.name, weight="bold", class_name="wrap"),
                rx.cond(one.is_disabled, chip("none", "Disabled"), chip("ok", "Let in")),
                class_name="row",
            ),
            rx.el.small(
                one.issuer, " · client ", one.client_id, " · ", one.links, class_name="muted wrap"
            ),
        ),
        rx.flex(
            rx.el.button(
                "Change",
                rx.el.span(" ", one.name, class_name="only-read"),
                type="button",
                on_click=State.edit(one.id),  # type: ignore[operator]
                class_name="plain-button",
            ),
            rx.el.button(
                rx.cond(one.is_disabled, "Let in", "Disable"),
                rx.el.span(" ", one.name, class_name="only-read"),
                type="button",
                on_click=disable,
                class_name="plain-button",
            ),
            gap="8px",
            class_name="row-buttons",
        ),
        custom_attrs={"data-platform": one.id},
    )


def _addresses() -> rx.Component:
    return panel(
        rx.heading("What the platform's admin enters there", size="4", as_="h2"),
        rx.cond(
            State.address_problem != "",
            rx.el.p(State.address_problem, class_name="form-problem"),
            rx.el.ul(
                rx.foreach(
                    State.addresses,
                    lambda one: rx.el.li(
                        rx.el.span(one[0], class_name="muted"),
                        copy_button(text=one[1], label=f"Copy: {one[0]}"),
                    ),
                ),
                class_name="exam-list",
            ),
        ),
    )


def _scores() -> rx.Component:
    heads = ["Person", "Exam", "Platform", "Score", "State", "Sent, or next try"]
    return panel(
        rx.heading("Scores", size="4", as_="h2", margin_bottom="8px"),
        rx.cond(
            State.grades,
            rx.table.root(
                rx.table.header(
                    rx.table.row(
                        *map(rx.table.column_header_cell, heads),
                        rx.table.column_header_cell(rx.el.span("Actions", class_name="only-read")),
                    )
                ),
                rx.table.body(rx.foreach(State.grades, _grade)),
                class_name="as-cards",
            ),
            empty("send", "No scores yet", "They are sent once an exam is marked and released."),
        ),
    )


def _grade(one: ShownGrade) -> rx.Component:
    return rx.table.row(
        rx.table.cell(rx.el.span(one.person, class_name="strong wrap")),
        rx.table.cell(one.exam, custom_attrs={"data-label": "Exam"}),
        rx.table.cell(one.platform, custom_attrs={"data-label": "Platform"}),
        rx.table.cell(one.score, class_name="figures", custom_attrs={"data-label": "Score"}),
        rx.table.cell(
            chip(one.kind, one.state),
            rx.cond(one.error != "", rx.el.div(one.error, class_name="muted wrap"), rx.fragment()),
        ),
        rx.table.cell(
            rx.cond(one.at != "", moment(one.at, "YYYY-MM-DD HH:mm"), rx.fragment()),
            custom_attrs={"data-label": "Sent, or next try"},
        ),
        rx.table.cell(
            rx.cond(
                one.may_send,
                rx.el.button(
                    "Send again",
                    rx.el.span(" the score of ", one.person, class_name="only-read"),
                    type="button",
                    on_click=State.send_again(one.id),  # type: ignore[operator]
                    class_name="plain-button",
                ),
                rx.fragment(),
            )
        ),
        align="center",
    )


def _dialog() -> rx.Component:
    edited = State.edited
    return form_dialog(
        "Learning platform",
        "The platform shows these once this tool is registered there.",
        State.editing,
        State.leave,
        rx.form(
            field("Name", "name", default_value=edited.name, max_length=120),
            field("Issuer (platform id)", "issuer", default_value=edited.issuer, max_length=255),
            field("Client id", "client_id", default_value=edited.client_id, max_length=255),
            field("Authentication URL", "auth_url", default_value=edited.auth_url, max_length=1000),
            field("Access token URL", "token_url", default_value=edited.token_url, max_length=1000),
            field("Key set URL", "keys_url", default_value=edited.keys_url, max_length=1000),
            field(
                "Audience of tokens",
                "token_audience",
                "Empty for the access token URL.",
                default_value=edited.token_audience,
                max_length=1000,
            ),
            _deployments(),
            _switch(
                "adopts_accounts",
                "Its students get the account here that has their e-mail address",
                edited.adopts_accounts,
            ),
            _switch("makes_proctors", "Its teachers become proctors", edited.makes_proctors),
            rx.el.p(State.edit_problem, role="alert", class_name="form-problem"),
            rx.flex(
                leave_button(),
                rx.el.button("Save", type="submit", class_name="primary-button"),
                gap="12px",
                justify="end",
            ),
            on_submit=State.save,
            key=State.epoch,
        ),
    )


def _deployments() -> rx.Component:
    return rx.box(
        rx.el.label("Deployment ids", html_for="deployments", class_name="field-label"),
        rx.el.textarea(
            id="deployments",
            name="deployments",
            default_value=State.edited.deployments,
            rows=2,
            max_length=1000,
            class_name="field-input",
            custom_attrs={"aria-describedby": "deployments-hint"},
        ),
        rx.el.small("One a line; none for any.", id="deployments-hint", class_name="muted"),
        margin_bottom="12px",
    )


def _switch(name: str, words: str, is_on: bool) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, default_checked=is_on),
        rx.el.span(" ", words),
        class_name="field-label",
    )
