"""Points and a comment for one answer."""

from typing import Any, ClassVar

import reflex as rx

_asset = rx.asset("mark_form.jsx", shared=True)


def _given(attempt: rx.Var[str], points: rx.Var[str], comment: rx.Var[str]) -> list[rx.Var[Any]]:
    return [attempt, points, comment]


class MarkForm(rx.Component):
    """saved: words about the mark as it is kept; problem: why the last one was refused."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "MarkForm"
    attempt_id: rx.Var[str]
    points: rx.Var[str]
    comment: rx.Var[str]
    least: rx.Var[float]
    most: rx.Var[float]
    saved: rx.Var[str]
    problem: rx.Var[str]
    on_give: rx.EventHandler[_given]


mark_form = MarkForm.create
