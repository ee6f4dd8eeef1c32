"""A candidate's picture as it is now, and their time as it runs out; both count for themselves."""

from typing import Any, ClassVar

import reflex as rx

_asset = rx.asset("live_picture.jsx", shared=True)


class LivePicture(rx.Component):
    """picture: the newest frame's number (0: none) and its age when it was told. is_live: whether
    pictures are to come at all; otherwise ``words`` say why not."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "LivePicture"
    attempt_id: rx.Var[str]
    candidate: rx.Var[str]
    picture: rx.Var[Any]
    is_live: rx.Var[bool]
    words: rx.Var[str]


class TimeLeft(rx.Component):
    """left: remaining_s, whether it runs, and a mark that changes with what was told."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "TimeLeft"
    left: rx.Var[Any]


live_picture = LivePicture.create
time_left = TimeLeft.create
