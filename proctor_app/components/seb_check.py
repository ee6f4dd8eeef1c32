"""Whether a page stands in an exam's Safe Exam Browser, and the way into it."""

from typing import ClassVar

import reflex as rx

_asset = rx.asset("seb_check.jsx", shared=True)


class SebCheck(rx.Component):
    """route: that takes what the browser shows. file: the configuration. login_tag: see
    ``SebExam.tag``. on_entered: the route has taken it."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "SebCheck"
    route: rx.Var[str]
    file: rx.Var[str]
    login_tag: rx.Var[str]
    on_entered: rx.EventHandler[rx.event.no_args_event_spec]


seb_check = SebCheck.create
