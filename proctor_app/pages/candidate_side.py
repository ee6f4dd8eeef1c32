"""What a proctor can do about one candidate, what was said, and what was before."""

import reflex as rx

from proctor_app.components.desk_keys import key, key_hint
from proctor_app.components.layout import chip, empty, moment, panel
from proctor_app.components.say_form import say_form
from proctor_app.state.candidate import CandidateState
from proctor_app.state.candidate_shown import Said, ShownLine, ShownOther

_KEYS = {
    "M": "Write a message",
    "W": "Warn",
    "P": "Pause, or let go on",
    "T": "End the attempt",
    "R": "To the review",
    "Esc": "Back to the wall",
    "?": "These keys",
}


def actions() -> rx.Component:
    head = CandidateState.head
    return panel(
        rx.box(
            rx.heading("Actions", size="3", as_="h3"),
            _help(),
            class_name="panel-head",
        ),
        rx.box(
            _action("Warn", "warn", "w", "triangle-alert", ~head.is_open),
            rx.cond(
                head.can_resume,
                _action("Resume", "resume", "p", "play", False),
                _action("Pause", "pause", "p", "pause", ~head.can_pause),
            ),
            _action("Terminate", "terminate", "t", "octagon-x", ~head.can_terminate, grave=True),
            class_name="action-grid",
        ),
        rx.cond(
            head.reason != "",
            rx.el.p(rx.el.span("Last: ", class_name="muted"), head.reason, class_name="wrap"),
            rx.fragment(),
        ),
        rx.el.label(
            rx.switch(checked=CandidateState.is_looking, on_change=CandidateState.look, size="1"),
            rx.el.span("I am looking"),
            class_name="switch-line",
        ),
        rx.el.p(
            rx.icon("eye", size=14),
            rx.cond(
                CandidateState.looking != "",
                rx.fragment("Looking now: ", CandidateState.looking),
                "Nobody says that they are looking.",
            ),
            class_name="muted looking",
            aria_live="polite",
        ),
    )


def _action(
    words: str, kind: str, letter: str, icon: str, disabled: object, *, grave: bool = False
) -> rx.Component:
    return rx.el.button(
        rx.icon(icon, size=16),
        words,
        key_hint(letter.upper()),
        type="button",
        id=f"do-{kind}",
        on_click=CandidateState.ask(kind),  # type: ignore[operator]
        disabled=disabled,
        class_name="plain-button grave-words" if grave else "plain-button",
        custom_attrs=key(letter),
    )


def _help() -> rx.Component:
    return rx.dialog.root(
        rx.dialog.trigger(
            rx.el.button(
                "Keys",
                key_hint("?"),
                type="button",
                class_name="plain-button small-button",
                custom_attrs=key("?"),
            )
        ),
        rx.dialog.content(
            rx.dialog.title("Keys of this page"),
            rx.dialog.description("They rest while you write.", class_name="muted"),
            rx.el.dl(
                *(
                    rx.fragment(rx.el.dt(rx.el.kbd(name, class_name="key-hint")), rx.el.dd(words))
                    for name, words in _KEYS.items()
                ),
                class_name="keys",
            ),
            rx.dialog.close(rx.el.button("Close", type="button", class_name="plain-button")),
            max_width="360px",
        ),
    )


def messages() -> rx.Component:
    return panel(
        rx.heading("Messages", size="3", as_="h3", margin_bottom="8px"),
        rx.cond(
            CandidateState.messages,
            rx.auto_scroll(
                rx.el.ul(
                    rx.foreach(CandidateState.messages, _message),
                    class_name="plain-list desk-messages",
                    aria_live="polite",
                ),
                class_name="messages-box",
                id="messages",
                tab_index=0,
                role="region",
                aria_label="Messages so far",
            ),
            rx.el.p("Nothing was said so far.", class_name="muted"),
        ),
        rx.cond(
            CandidateState.head.is_open,
            say_form(
                field_id="say",
                field_key="m",
                label="Write to the candidate",
                is_label_hidden=True,
                placeholder="Write to the candidate (M)",
                button="Send",
                sent=CandidateState.sent,
                problem=CandidateState.refused,
                on_say=CandidateState.say,
                class_name="say-form",
            ),
            rx.el.small("The attempt has ended; nothing more can be said.", class_name="muted"),
        ),
    )


def _message(one: Said) -> rx.Component:
    return rx.el.li(
        rx.cond(one.is_warning, chip("notice", "Warning"), rx.fragment()),
        rx.el.p(one.text, class_name="wrap"),
        rx.el.small(one.by, " · ", moment(one.at, "HH:mm"), class_name="muted"),
        class_name=rx.cond(one.is_candidates, "is-candidates", "is-staffs"),
        key=one.id,
    )


def others() -> rx.Component:
    return panel(
        rx.heading("Other attempts", size="3", as_="h3"),
        rx.cond(
            CandidateState.others,
            rx.el.ul(rx.foreach(CandidateState.others, _other), class_name="plain-list"),
            rx.el.p("None that you may see.", class_name="muted"),
        ),
    )


def _other(one: ShownOther) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.link(one.title, href=f"/proctor/{one.id}", class_name="strong wrap"),
            rx.el.div(
                moment(one.at, "YYYY-MM-DD HH:mm"),
                f" · compliance {one.compliance}",
                class_name="muted figures",
            ),
        ),
        chip(one.state.kind, one.state.text),
        key=one.id,
    )


def history() -> rx.Component:
    return panel(
        rx.heading("History", size="3", as_="h3"),
        rx.cond(
            CandidateState.history,
            rx.el.ol(
                rx.foreach(CandidateState.history, _line),
                class_name="plain-list history",
                tab_index=0,
                aria_label="History, newest first",
            ),
            empty("history", "Nothing yet"),
        ),
    )


def _line(one: ShownLine) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.el.span(one.words),
            rx.cond(
                one.detail != "",
                rx.el.small(one.detail, class_name="muted wrap"),
                rx.fragment(),
            ),
        ),
        rx.el.small(moment(one.at), class_name="muted"),
    )
