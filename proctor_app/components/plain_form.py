"""A form that the browser sends to a route of ours, and goes where the answer leads."""

from typing import ClassVar

import reflex as rx

_asset = rx.asset("plain_form.jsx", shared=True)


class PlainForm(rx.Component):
    """action: the route; method: as HTML has it."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "PlainForm"
    action: rx.Var[str]
    method: rx.Var[str]


plain_form = PlainForm.create
