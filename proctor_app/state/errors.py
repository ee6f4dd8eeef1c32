"""What a page does with an error: lead to the log-in, or say in a toast what happened."""

import logging

import reflex as rx
from reflex.event import EventSpec

from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError, SecondFactorMissing
from proctor_app.services.seb_door import SebRequired

log = logging.getLogger(__name__)


def handle_error(exception: Exception) -> EventSpec:
    """Reflex's backend exception handler; unexpected errors are logged, never shown."""
    if isinstance(exception, NotAuthenticated):
        return rx.redirect("/login")
    if isinstance(exception, SecondFactorMissing):
        return rx.redirect("/account")
    if isinstance(exception, SebRequired):
        return rx.redirect(f"/seb/{exception.exam_id}")
    if isinstance(exception, NotAllowed):
        return rx.redirect("/dashboard")
    if isinstance(exception, ProctorError):
        text = exception.detail
    else:
        log.error("handler.failed", exc_info=exception)
        text = "Something went wrong here. It was logged; try again."
    toast: EventSpec = rx.toast.error(text)
    return toast
