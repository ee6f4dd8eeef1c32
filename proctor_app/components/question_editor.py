"""One question of an exam, edited in place; it saves itself."""

from typing import Any, ClassVar

import reflex as rx

from proctor_app.components import autosave  # noqa: F401 - its asset is part of this one
from proctor_app.state.exam_words import OpenQuestion

_asset = rx.asset("question_editor.jsx", shared=True)


def _change(question: rx.Var[str], base: rx.Var[str], number: rx.Var[int]) -> list[rx.Var[Any]]:
    return [question, base, number]


class QuestionEditor(rx.Component):
    """question: as it was opened; give the component another key to begin anew. kinds: pairs of
    value and words. acked: the highest number of a change that the State has dealt with. locked: it
    can be looked at only."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "QuestionEditor"
    question: rx.Var[OpenQuestion]
    exam_id: rx.Var[str]
    acked: rx.Var[int]
    kinds: rx.Var[list[list[str]]]
    locked: rx.Var[bool]
    on_save: rx.EventHandler[_change]


question_editor = QuestionEditor.create
