"""The webcam: preview and sender, one frame in flight."""

from typing import Any, ClassVar

import reflex as rx

_asset = rx.asset("camera.jsx", shared=True)


def _frame(data_url: rx.Var[str], seq: rx.Var[int]) -> list[rx.Var[Any]]:
    return [data_url, seq]


def _status(word: rx.Var[str]) -> list[rx.Var[Any]]:
    return [word]


class Camera(rx.Component):
    """acked: the newest answered frame, which releases the next one. ticket: opens the WebSocket;
    on_ticket asks for a fresh one."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "Camera"
    sending: rx.Var[bool]
    fps: rx.Var[float]
    width: rx.Var[int]
    height: rx.Var[int]
    quality: rx.Var[float]
    transport: rx.Var[str]
    user_id: rx.Var[str]
    ticket: rx.Var[str]
    acked: rx.Var[int]
    on_ticket: rx.EventHandler[rx.event.no_args_event_spec]
    on_frame: rx.EventHandler[_frame]
    on_status: rx.EventHandler[_status]


camera = Camera.create
