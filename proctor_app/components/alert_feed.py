"""The alert feed beside the wall, with its sound; on a narrow page a sheet of its own."""

from typing import Any, ClassVar

import reflex as rx

from proctor_app.components import wall_grid  # noqa: F401 - the feed imports its parts

_asset = rx.asset("alert_feed.jsx", shared=True)


def _one(value: rx.Var[Any]) -> list[rx.Var[Any]]:
    return [value]


class AlertFeed(rx.Component):
    """lines: FeedLines, newest first. now_ms: the server's clock when they were sent."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "AlertFeed"
    lines: rx.Var[Any]
    now_ms: rx.Var[int]
    looking: rx.Var[str]
    viewer: rx.Var[str]
    on_look: rx.EventHandler[_one]
    on_acknowledge: rx.EventHandler[_one]


alert_feed = AlertFeed.create
