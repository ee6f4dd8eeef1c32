"""The live wall: tiles by urgency, filters, the alert feed."""

import reflex as rx
from reflex.components.core.banner import has_connection_errors

from proctor_app.components.alert_feed import alert_feed
from proctor_app.components.layout import chip, empty, offline, shell, skeleton
from proctor_app.components.listing import choice, pager, search_box
from proctor_app.components.nav import desk_nav
from proctor_app.components.wall_grid import wall_grid
from proctor_app.state.wall import SIZES, WallState

_SEVERITIES = {"": "All severities", "alert": "With an alert", "notice": "With a notice"}
_STATES = {
    "": "All states",
    "attention": "Needs attention",
    "running": "Running",
    "paused": "Paused",
    "interrupted": "Interrupted",
}
_SIZES = {str(size): f"{size} a page" for size in SIZES}


def page() -> rx.Component:
    return shell(
        "Live",
        WallState.viewer,
        rx.cond(WallState.loaded, _wall(), _loading()),
        right=desk_nav("Live"),
    )


def _wall() -> rx.Component:
    return rx.box(
        rx.box(_counts(), _tools(), _tiles(), class_name="wall-body"),
        alert_feed(
            lines=WallState.feed,
            now_ms=WallState.now_ms,
            looking=WallState.looking,
            viewer=WallState.viewer,
            on_look=WallState.look,
            on_acknowledge=WallState.acknowledge,
        ),
        class_name="wall",
    )


def _counts() -> rx.Component:
    return rx.box(
        offline(
            rx.flex(
                _count("ok", WallState.running, "running"),
                _count("notice", WallState.notices, "open notices"),
                _count("alert", WallState.alerts, "open alerts"),
                _count("unknown", WallState.interrupted, "interrupted"),
                rx.cond(
                    WallState.begun != "",
                    rx.el.span(WallState.begun, class_name="figures", id="begun"),
                    rx.fragment(),
                ),
                gap="8px",
                wrap="wrap",
            ),
            instead=rx.flex(
                chip("notice", "No connection"),
                rx.text(
                    "What you see is from before. It goes on by itself as soon as the server "
                    "answers.",
                    class_name="muted",
                ),
                gap="8px",
                wrap="wrap",
                role="status",
            ),
        ),
        rx.el.small(WallState.load_words, class_name="muted figures", title="Analysis of pictures"),
        class_name="wall-counts",
    )


def _count(kind: str, number: int, words: str) -> rx.Component:
    return chip(rx.cond(number > 0, kind, "none"), f"{number} {words}")


def _tools() -> rx.Component:
    return rx.box(
        search_box(
            "Find a candidate",
            "Find ( / )",
            WallState.search,
            key="wall-search",
            value=WallState.text,
        ),
        _exams(),
        choice("Severity", WallState.severity, _SEVERITIES, WallState.pick_severity),
        choice("State", WallState.doing, _STATES, WallState.pick_state),
        choice("Candidates on a page", f"{WallState.size}", _SIZES, WallState.pick_size),
        class_name="tools wall-tools",
        role="search",
    )


def _exams() -> rx.Component:
    return rx.el.label(
        rx.el.span("Exam", class_name="only-read"),
        rx.el.select(
            rx.el.option("All exams", value=""),
            rx.foreach(WallState.exams, lambda one: rx.el.option(one[1], value=one[0])),
            value=WallState.exam_id,
            on_change=WallState.pick_exam,
            class_name="field-input",
        ),
        class_name="choice",
    )


def _tiles() -> rx.Component:
    return rx.cond(
        WallState.tiles,
        rx.box(
            wall_grid(
                tiles=WallState.tiles,
                now_ms=WallState.now_ms,
                size=WallState.size,
                query=_query(),
                viewer=WallState.viewer,
                is_offline=has_connection_errors,
                on_hold=WallState.hold,
                on_look=WallState.look,
                on_acknowledge=WallState.acknowledge_all,
            ),
            pager(
                WallState.page > 1,
                WallState.turn(-1),  # type: ignore[operator]
                WallState.page < WallState.pages,
                WallState.turn(1),  # type: ignore[operator]
            ),
            rx.cond(
                WallState.pages > 1,
                rx.text(
                    f"Page {WallState.page} of {WallState.pages}, {WallState.found} candidates",
                    class_name="muted figures wall-pages",
                ),
                rx.fragment(),
            ),
        ),
        _nobody(),
    )


def _query() -> str:
    """What the tiles are an answer to."""
    chosen = f"{WallState.exam_id}|{WallState.severity}|{WallState.doing}"
    return f"{chosen}|{WallState.size}|{WallState.page}|{WallState.text}"


def _nobody() -> rx.Component:
    is_filtered = (
        (WallState.exam_id != "")
        | (WallState.severity != "")
        | (WallState.doing != "")
        | (WallState.text != "")
    )
    return rx.box(
        rx.cond(
            is_filtered,
            empty(
                "search-x",
                "No candidate is like that now",
                "Choose other filters, or none, to see the others.",
            ),
            empty(
                "users",
                "Nobody is being monitored yet",
                "Candidates appear here the moment they start. Tell them the code of their exam.",
            ),
        ),
        class_name="panel",
    )


def _loading() -> rx.Component:
    return rx.box(
        rx.box(
            skeleton("24px"),
            skeleton("38px"),
            rx.box(*(skeleton("290px") for _ in range(6)), class_name="tiles tiles-9"),
            class_name="wall-body stack",
        ),
        rx.box(skeleton("420px"), class_name="feed-side"),
        class_name="wall",
        aria_busy="true",
    )
