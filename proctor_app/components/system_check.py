"""What must work before an exam, with what to do about it."""

from typing import Any, ClassVar

import reflex as rx

from proctor_app.components import camera  # noqa: F401 - it asks which camera is in use

_asset = rx.asset("system_check.jsx", shared=True)


class SystemCheck(rx.Component):
    """items: ShownChecks that the server judged, none where no camera is used. watched: whether
    the exam looks at the browser."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "SystemCheck"
    items: rx.Var[Any]
    watched: rx.Var[bool]
    fullscreen: rx.Var[bool]


system_check = SystemCheck.create
