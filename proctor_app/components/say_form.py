"""A few words to somebody: a message, or the reason for what is about to be done."""

from typing import Any, ClassVar

import reflex as rx

_asset = rx.asset("say_form.jsx", shared=True)


def _text(text: rx.Var[str]) -> list[rx.Var[Any]]:
    return [text]


class SayForm(rx.Component):
    """sent: grows when it was taken, and what was written is put away; problem: why it was not, and
    it stays. label: "" for no field at all, a yes alone. button_class: of the button; cancel: words
    of a second one, which calls on_cancel. is_first: it has the keyboard as soon as it is there."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "SayForm"
    field_id: rx.Var[str]
    field_key: rx.Var[str]
    label: rx.Var[str]
    is_label_hidden: rx.Var[bool]
    placeholder: rx.Var[str]
    button: rx.Var[str]
    button_class: rx.Var[str]
    cancel: rx.Var[str]
    longest: rx.Var[int]
    is_needed: rx.Var[bool]
    busy: rx.Var[bool]
    is_first: rx.Var[bool]
    sent: rx.Var[int]
    problem: rx.Var[str]
    on_say: rx.EventHandler[_text]
    on_cancel: rx.EventHandler[rx.event.no_args_event_spec]


say_form = SayForm.create
