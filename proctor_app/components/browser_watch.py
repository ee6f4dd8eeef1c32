"""What the browser tells of itself while an exam is sat."""

from typing import ClassVar

import reflex as rx

from proctor_app.components import camera, outbox  # noqa: F401 - it imports their modules

_asset = rx.asset("browser_watch.jsx", shared=True)


class BrowserWatch(rx.Component):
    """fullscreen: the exam is meant for it; a strip offers it, and leaving it is told."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "BrowserWatch"
    user_id: rx.Var[str]
    attempt_id: rx.Var[str]
    fullscreen: rx.Var[bool]


browser_watch = BrowserWatch.create
