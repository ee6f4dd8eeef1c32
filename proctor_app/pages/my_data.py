"""What is held about me: to look at, to download, to have erased."""

import reflex as rx

from proctor_app.components.face_photo import face_photo
from proctor_app.components.forms import field, http_form
from proctor_app.components.layout import chip, empty, moment, panel, shell, skeleton
from proctor_app.state.my_data import MyDataState, ShownEntry, ShownLogin, ShownSitting

_DAY = "YYYY-MM-DD HH:mm"


def page() -> rx.Component:
    return shell(
        "What is held about me",
        MyDataState.viewer,
        rx.cond(
            MyDataState.loaded,
            rx.box(
                rx.box(_account(), _face(), _take_along(), class_name="stack"),
                rx.box(_sittings(), _logins(), _log(), class_name="stack"),
                class_name="data-grid",
            ),
            skeleton("480px"),
        ),
    )


def _titled(title: str, *children: rx.Component) -> rx.Component:
    return panel(
        rx.heading(title, size="4", as_="h2", margin_bottom="8px"),
        *children,
        padding="20px",
    )


def _account() -> rx.Component:
    return _titled(
        "Account",
        rx.el.dl(
            *_fact("Name", MyDataState.name),
            *_fact("E-mail", MyDataState.email),
            *_fact("Role", MyDataState.role),
            *_fact("Since", moment(MyDataState.since, _DAY)),
            *_fact("Password", "Kept as a digest that nobody can read"),
            *_fact("Second factor", rx.cond(MyDataState.second_factor, "On", "Off")),
            class_name="facts",
        ),
        rx.link("Change password, second factor or sessions", href="/account"),
    )


def _fact(name: str, value: rx.Component | str) -> tuple[rx.Component, rx.Component]:
    return rx.el.dt(name), rx.el.dd(value)


def _face() -> rx.Component:
    return _titled(
        "Face",
        rx.match(
            MyDataState.face,
            ("present", rx.box(chip("ok", "Enrolled"), _face_facts(), _remove_face())),
            (
                "old",
                rx.box(
                    chip("notice", "Out of date"),
                    rx.text(
                        "Your face was described by a network that is used no more: identity is "
                        "not checked until you enrol again.",
                        margin_y="8px",
                    ),
                    _face_facts(),
                    _enrol(),
                    _remove_face(),
                ),
            ),
            rx.box(
                chip("none", "No face data"),
                rx.text(
                    "Without it you can't log in by face, and an exam can't check that it is you.",
                    class_name="muted",
                    margin_y="8px",
                ),
                _enrol(),
            ),
        ),
    )


def _face_facts() -> rx.Component:
    return rx.el.dl(
        *_fact("What", "128 numbers that describe your face, encrypted"),
        *_fact("Since", moment(MyDataState.face_since, _DAY)),
        *_fact("Network", MyDataState.face_model),
        *_fact("Photo", rx.cond(MyDataState.photo_kept, "Kept, encrypted", "Not kept")),
        class_name="facts",
    )


def _enrol() -> rx.Component:
    return http_form(
        face_photo(MyDataState),
        rx.cond(
            MyDataState.asks_password,
            field(
                "Your password, again",
                "password",
                type="password",
                required=True,
                auto_complete="current-password",
            ),
            rx.text(
                "Your account has no password: do this within ten minutes of coming in from your "
                "learning platform.",
                class_name="muted",
            ),
        ),
        rx.el.button("Enrol my face", type="submit", class_name="primary-button"),
        action="/api/v1/me/face",
        leads_to="/my-data",
        busy_text="Looking at the pictures",
        id="enrol",
    )


def _remove_face() -> rx.Component:
    return _confirmed(
        "Remove my face data",
        "Remove your face data?",
        "The numbers, and the photo where one is kept, are deleted at once. Logging in by face and "
        "identity checks are off until you enrol again. Your log says that you removed it.",
        "Remove it",
        MyDataState.remove_face,
        "remove-face",
    )


def _take_along() -> rx.Component:
    return _titled(
        "Take it along, or have it erased",
        rx.text(
            "The download has all of this page in full, the numbers of your face, and the pictures "
            "of incidents.",
            class_name="muted",
            margin_bottom="12px",
        ),
        rx.el.a(
            "Download everything (ZIP)",
            href="/api/v1/me/export",
            custom_attrs={"reloadDocument": True},  # a file of the server's, no page
            id="export",
            class_name="primary-button",
        ),
        rx.box(
            rx.cond(MyDataState.erasure_since != "", _erasure_asked(), _ask_erasure()),
            margin_top="12px",
        ),
    )


def _ask_erasure() -> rx.Component:
    return _confirmed(
        "Ask for erasure",
        "Ask for everything to be erased?",
        "An admin will carry it out: your face, pictures, name and e-mail are removed and you "
        "can't log in any more. Until then you can take the request back.",
        "Ask for erasure",
        MyDataState.request_erasure,
        "erase",
    )


def _erasure_asked() -> rx.Component:
    return rx.box(
        chip("notice", "Erasure requested"),
        rx.text(
            "Asked for on ",
            moment(MyDataState.erasure_since, _DAY),
            ". An admin will carry it out; until then you can take it back.",
            margin_y="8px",
        ),
        rx.el.button(
            "Take the request back",
            type="button",
            on_click=MyDataState.withdraw_erasure,
            id="withdraw",
            class_name="plain-button",
        ),
        role="status",
    )


def _confirmed(
    label: str,
    title: str,
    text: str,
    yes: str,
    on_yes: rx.event.EventType[()],
    name: str,
) -> rx.Component:
    """A button that asks before it does something."""
    return rx.alert_dialog.root(
        rx.alert_dialog.trigger(
            rx.el.button(label, type="button", id=name, class_name="plain-button")
        ),
        rx.alert_dialog.content(
            rx.alert_dialog.title(title),
            rx.alert_dialog.description(text),
            rx.flex(
                rx.alert_dialog.cancel(rx.button("Cancel", variant="soft", color_scheme="gray")),
                rx.alert_dialog.action(
                    rx.button(yes, on_click=on_yes, color_scheme="red", id=f"{name}-really")
                ),
                gap="12px",
                justify="end",
                margin_top="16px",
            ),
        ),
    )


def _sittings() -> rx.Component:
    return _titled(
        "Sessions that were monitored",
        rx.text(
            "What an incident says is shown to you after it was reviewed.",
            class_name="muted",
            margin_bottom="8px",
        ),
        rx.cond(
            MyDataState.sittings,
            rx.el.ul(rx.foreach(MyDataState.sittings, _sitting), class_name="noted"),
            empty("history", "None yet"),
        ),
    )


def _sitting(item: ShownSitting) -> rx.Component:
    return rx.el.li(
        rx.el.b(moment(item.at, _DAY)),
        " · ",
        item.status,
        rx.el.small(
            f"{item.incidents} incidents, {item.pictures} pictures kept",
            class_name="muted figures",
        ),
        rx.cond(
            item.consented_at != "",
            rx.el.small(
                f"You agreed to the notice of {item.consent} on ",
                moment(item.consented_at, _DAY),
                class_name="muted",
            ),
            rx.fragment(),
        ),
    )


def _logins() -> rx.Component:
    return _titled(
        "Where you are logged in",
        rx.el.ul(rx.foreach(MyDataState.logins, _login), class_name="noted"),
    )


def _login(item: ShownLogin) -> rx.Component:
    return rx.el.li(
        rx.el.b(moment(item.at, _DAY)),
        rx.cond(item.current, rx.el.span(" · this session"), rx.fragment()),
        rx.el.small(item.text, class_name="muted wrap"),
        rx.el.small("Last used ", moment(item.used, _DAY), class_name="muted"),
    )


def _log() -> rx.Component:
    return _titled(
        "What was done with your account",
        rx.cond(
            MyDataState.entries,
            rx.el.ul(rx.foreach(MyDataState.entries, _entry), class_name="noted"),
            empty("list", "Nothing was noted yet"),
        ),
    )


def _entry(item: ShownEntry) -> rx.Component:
    return rx.el.li(
        item.text,
        rx.el.small(moment(item.at, _DAY), " · by ", item.by, class_name="muted"),
    )
