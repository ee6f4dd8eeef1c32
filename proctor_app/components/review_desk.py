"""The review desk in the browser: list, evidence, verdicts, and the keys for all of them."""

from typing import Any, ClassVar

import reflex as rx

from proctor_app.components import exam_sheet  # noqa: F401 - its dialog is used here, too

rx.asset("review_parts.jsx", shared=True)
rx.asset("review_lists.jsx", shared=True)
_asset = rx.asset("review_desk.jsx", shared=True)


def _judged(
    seq: rx.Var[int],
    incident: rx.Var[int],
    verdict: rx.Var[str],
    reason: rx.Var[str],
    category: rx.Var[str],
) -> list[rx.Var[Any]]:
    return [seq, incident, verdict, reason, category]


def _noted(seq: rx.Var[int], incident: rx.Var[int], text: rx.Var[str]) -> list[rx.Var[Any]]:
    return [seq, incident, text]


def _given(
    seq: rx.Var[int], verdict: rx.Var[str], reason: rx.Var[str], category: rx.Var[str]
) -> list[rx.Var[Any]]:
    return [seq, verdict, reason, category]


class ReviewDesk(rx.Component):
    """sitting: a ShownSitting. categories: pairs of value and words. acked: the highest number of
    what the State has dealt with; refused: what of it was not kept. chosen: an incident to show,
    with a mark that changes with each choice. on_release: releases, or takes that back."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "ReviewDesk"
    sitting: rx.Var[Any]
    categories: rx.Var[list[list[str]]]
    acked: rx.Var[int]
    refused: rx.Var[Any]
    chosen: rx.Var[Any]
    on_judge: rx.EventHandler[_judged]
    on_note: rx.EventHandler[_noted]
    on_verdict: rx.EventHandler[_given]
    on_release: rx.EventHandler[rx.event.no_args_event_spec]
    on_next: rx.EventHandler[rx.event.no_args_event_spec]


review_desk = ReviewDesk.create
