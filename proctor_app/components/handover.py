"""From a page's State, which can set no cookie, to the route that can."""

from typing import ClassVar

import reflex as rx

_asset = rx.asset("handover.jsx", shared=True)


class Handover(rx.Component):
    """action: the route; ticket: sent to it as a form as soon as there is one."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "Handover"
    action: rx.Var[str]
    ticket: rx.Var[str]


handover = Handover.create
