"""One's face for a form: taken live with the camera, judged as it is taken, or from a file."""

from typing import Any, ClassVar

import reflex as rx

from proctor_app.components.layout import chip
from proctor_app.state.live_face import LiveFace

_asset = rx.asset("face_photo.jsx", shared=True)


def _picture(data_url: rx.Var[str], seq: rx.Var[int]) -> list[rx.Var[Any]]:
    return [data_url, seq]


class FacePhoto(rx.Component):
    """The field ``name`` of the form around it, with one file or as many as are ``wanted``."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "FacePhoto"
    name: rx.Var[str]
    tries: rx.Var[int]
    acked: rx.Var[int]
    taken: rx.Var[list[int]]
    wanted: rx.Var[int]
    done: rx.Var[bool]
    over: rx.Var[bool]
    tone: rx.Var[str]
    on_begin: rx.EventHandler[rx.event.no_args_event_spec]
    on_frame: rx.EventHandler[_picture]
    on_file: rx.EventHandler[_picture]


def face_photo(state: type[LiveFace], name: str = "image") -> rx.Component:
    """The face, and below it the one sentence that says what the last picture showed."""
    return FacePhoto.create(
        chip(state.tone, state.sentence),
        name=name,
        tries=state.tries,
        acked=state.acked,
        taken=state.taken,
        wanted=state.wanted,
        done=state.done,
        over=state.over,
        tone=state.tone,
        on_begin=state.begin_try,
        on_frame=state.look,
        on_file=state.check_photo,
    )
