"""The questions of a running attempt, which go on without a network; bar, sheet and last post."""

from typing import Any, ClassVar

import reflex as rx

from proctor_app.components import outbox  # noqa: F401 - the sheet imports its modules

rx.asset("sheet_parts.jsx", shared=True)
_asset = rx.asset("exam_sheet.jsx", shared=True)
_ends = rx.asset("exam_ends.jsx", shared=True)


def _word(word: rx.Var[str]) -> list[rx.Var[Any]]:
    return [word]


class ExamBar(rx.Component):
    """Title, what is saved, time left, and the way to hand in; children stand between them.

    clock: remaining_s as the server counts it, below 0 for unknown, with a mark that changes
    whenever it was told.
    """

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "ExamBar"
    user_id: rx.Var[str]
    attempt_id: rx.Var[str]
    title: rx.Var[str]
    clock: rx.Var[Any]


class ExamSheet(rx.Component):
    """paper: a ShownPaper. holder: this tab. beats: whether the server listens for the page.
    on_news: replaced, paused, ended or unknown: ask the server."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "ExamSheet"
    paper: rx.Var[Any]
    holder: rx.Var[str]
    beats: rx.Var[bool]
    on_news: rx.EventHandler[_word]


class LastPost(rx.Component):
    """After the end: sends what was kept while offline, says how it went, leaves nothing.

    on_sent: all that could be sent is there now: ask the server what the receipt is.
    """

    library: ClassVar[str] = _ends.importable_path  # type: ignore[misc]
    tag = "LastPost"
    user_id: rx.Var[str]
    attempt_id: rx.Var[str]
    holder: rx.Var[str]
    on_sent: rx.EventHandler[_word]


class Countdown(rx.Component):
    """clock: as ExamBar's, until an exam opens; on_over: it has."""

    library: ClassVar[str] = _ends.importable_path  # type: ignore[misc]
    tag = "Countdown"
    clock: rx.Var[Any]
    on_over: rx.EventHandler[rx.event.no_args_event_spec]


exam_bar = ExamBar.create
exam_sheet = ExamSheet.create
last_post = LastPost.create
countdown = Countdown.create
