"""The admins' page about people: a searchable table, and a menu of actions for each."""

import reflex as rx

from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.components.listing import choice, failed, pager, search_box
from proctor_app.components.nav import admin_nav
from proctor_app.state.people import PeopleState
from proctor_app.state.people_words import ROLES, STATES, ShownPerson

_ROLES = {"": "All roles"} | {role.value: f"{words}s" for role, words in ROLES.items()}
_STATES = {"": "All states"} | {key: state.text for key, state in STATES.items()}
_ORDERS = {
    "name": "By name",
    "-name": "By name, from Z",
    "email": "By e-mail",
    "-email": "By e-mail, from Z",
    "role": "By role",
    "-role": "By role, students first",
    "created": "Oldest first",
    "-created": "Newest first",
}


def page() -> rx.Component:
    return shell(
        "People",
        PeopleState.viewer,
        panel(
            _tools(),
            rx.cond(
                PeopleState.loaded,
                rx.cond(
                    PeopleState.problem != "",
                    failed(PeopleState.problem, PeopleState.load),
                    rx.cond(PeopleState.people, _table(), _nobody()),
                ),
                skeleton("480px"),
            ),
            pager(
                PeopleState.has_previous,
                PeopleState.previous_page,
                PeopleState.has_next,
                PeopleState.next_page,
            ),
        ),
        _dialog(),
        right=admin_nav("People"),
    )


def _tools() -> rx.Component:
    return rx.el.div(
        search_box(
            "Search by name or e-mail",
            "Name or e-mail",
            PeopleState.search,
            key=f"{PeopleState.loaded} {PeopleState.cleared}",
            value=PeopleState.searched,
        ),
        choice("Role", PeopleState.role, _ROLES, PeopleState.filter_role),
        choice("State", PeopleState.chosen_state, _STATES, PeopleState.filter_state),
        choice("Order", PeopleState.sort, _ORDERS, PeopleState.set_order, "narrow-only"),
        rx.spacer(),
        rx.el.span(PeopleState.total, class_name="muted figures", aria_live="polite"),
        role="search",
        class_name="tools",
    )


def _nobody() -> rx.Component:
    return rx.cond(
        PeopleState.is_filtered,
        rx.flex(
            rx.icon("search-x", size=28, color="var(--gray-9)"),
            rx.text("Nobody is like this", weight="bold"),
            rx.text("Look for a part of a name or an e-mail address.", class_name="muted"),
            rx.el.button(
                "Show everybody",
                type="button",
                on_click=PeopleState.clear_filters,
                class_name="plain-button",
            ),
            class_name="empty",
        ),
        empty("users", "Nobody here yet", "People appear here once they have signed up."),
    )


def _table() -> rx.Component:
    return rx.table.root(
        rx.table.header(
            rx.table.row(
                _sortable(("Name", "name"), ("E-mail", "email")),
                _sortable(("Role", "role")),
                rx.table.column_header_cell("State"),
                rx.table.column_header_cell("Log-in"),
                rx.table.column_header_cell("Last here"),
                _sortable(("Since", "created")),
                rx.table.column_header_cell(rx.el.span("Actions", class_name="only-read")),
            )
        ),
        rx.table.body(rx.foreach(PeopleState.people, _row)),
        id="people",
        class_name="people",
    )


def _sortable(*columns: tuple[str, str]) -> rx.Component:
    """A head with a button for each sorting: its words, and the column's name."""
    buttons = [_sort_button(words, column) for words, column in columns]
    first = columns[0][1]
    order = rx.match(PeopleState.sort, (first, "ascending"), (f"-{first}", "descending"), "none")
    return rx.table.column_header_cell(*buttons, custom_attrs={"aria-sort": order})


def _sort_button(words: str, column: str) -> rx.Component:
    arrows = [
        (column, rx.icon("chevron-up", size=14, aria_label="upwards")),
        (f"-{column}", rx.icon("chevron-down", size=14, aria_label="downwards")),
    ]
    return rx.el.button(
        words,
        rx.match(PeopleState.sort, *arrows, rx.fragment()),
        type="button",
        on_click=PeopleState.sort_by(column),  # type: ignore[operator]
        class_name="sort-button",
    )


def _row(person: ShownPerson) -> rx.Component:
    return rx.table.row(
        rx.table.cell(
            rx.el.span(person.name, class_name="strong wrap"),
            rx.cond(person.is_me, rx.el.span(" · you", class_name="muted"), rx.fragment()),
            rx.el.div(person.email, class_name="muted wrap"),
            class_name="people-name",
        ),
        rx.table.cell(person.role_words),
        rx.table.cell(chip(person.state.kind, person.state.text)),
        rx.table.cell(_ways_in(person)),
        rx.table.cell(
            rx.cond(
                person.last_login_at != "",
                moment(person.last_login_at, "YYYY-MM-DD HH:mm"),
                rx.el.span("Never", class_name="muted"),
            ),
            custom_attrs={"data-label": "Last here"},
        ),
        rx.table.cell(
            moment(person.created_at, "YYYY-MM-DD"), custom_attrs={"data-label": "Since"}
        ),
        rx.table.cell(
            rx.cond(person.is_erased, rx.fragment(), _menu(person)), class_name="people-menu"
        ),
        align="center",
        custom_attrs={"data-person": person.id},
    )


def _ways_in(person: ShownPerson) -> rx.Component:
    return rx.flex(
        rx.cond(person.has_face, _mark("scan-face", "Face"), rx.fragment()),
        rx.cond(person.has_second_factor, _mark("key-round", "Second factor"), rx.fragment()),
        rx.cond(person.platforms != "", _mark("graduation-cap", person.platforms), rx.fragment()),
        rx.cond(
            person.has_face | person.has_second_factor | (person.platforms != ""),
            rx.fragment(),
            rx.el.span("Password", class_name="muted"),
        ),
        gap="10px",
        wrap="wrap",
    )


def _mark(icon: str, words: str | rx.Var[str]) -> rx.Component:
    return rx.el.span(rx.icon(icon, size=15), words, class_name="mark")


def _menu(person: ShownPerson) -> rx.Component:
    def item(words: str, action: str, when: bool = True) -> rx.Component:
        entry = rx.dropdown_menu.item(
            words,
            on_select=PeopleState.ask(action, person.id),  # type: ignore[operator]
            color_scheme="red" if action == "erase" else None,
        )
        return entry if when is True else rx.cond(when, entry, rx.fragment())

    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(
            rx.el.button(
                rx.icon("ellipsis", size=18),
                type="button",
                class_name="icon-button",
                custom_attrs={"aria-label": f"Actions for {person.name}"},
            )
        ),
        rx.dropdown_menu.content(
            item("Make a student", "student", person.role != "student"),
            item("Make a proctor", "proctor", person.role != "proctor"),
            item("Make an admin", "admin", person.role != "admin"),
            rx.dropdown_menu.separator(),
            item("Log out everywhere", "sessions"),
            item("Reset face", "face", person.has_face),
            item("Reset second factor", "second_factor", person.has_second_factor),
            item("Remove learning platforms", "platforms", person.platforms != ""),
            rx.dropdown_menu.item(
                "Show in the log", on_select=rx.redirect(f"/admin/audit?person={person.id}")
            ),
            rx.cond(
                person.is_me,
                rx.fragment(),
                rx.fragment(
                    rx.dropdown_menu.separator(),
                    item("Disable", "disable", rx.cond(person.is_disabled, False, True)),
                    item("Enable", "enable", person.is_disabled),
                    item("Erase for good …", "erase"),
                ),
            ),
        ),
    )


def _dialog() -> rx.Component:
    asked = PeopleState.asked
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(asked.title),
            rx.alert_dialog.description(asked.text),
            rx.cond(asked.type_this != "", _typed(), rx.fragment()),
            rx.flex(
                rx.alert_dialog.cancel(
                    rx.el.button("Cancel", type="button", class_name="plain-button")
                ),
                rx.el.button(
                    rx.cond(PeopleState.busy, "One moment …", asked.label),
                    type="button",
                    id="confirm",
                    on_click=PeopleState.confirm,
                    disabled=rx.cond(PeopleState.may_confirm, False, True),
                    class_name=rx.cond(asked.is_grave, "grave-button", "primary-button"),
                ),
                gap="12px",
                justify="end",
                margin_top="20px",
                wrap="wrap",
            ),
            max_width="480px",
        ),
        open=PeopleState.asking,
        on_open_change=PeopleState.close,
    )


def _typed() -> rx.Component:
    return rx.box(
        rx.el.label(
            "Type ",
            rx.el.strong(PeopleState.asked.type_this, class_name="wrap"),
            " to confirm",
            html_for="typed",
            class_name="confirm-label",
        ),
        rx.el.input(
            id="typed",
            type="text",
            auto_complete="off",
            custom_attrs={"autocapitalize": "none", "spellcheck": "false"},
            on_change=PeopleState.type_email.debounce(100),  # type: ignore[attr-defined]
            class_name="field-input",
        ),
        margin_top="16px",
    )
