"""Forms that are sent to our routes, so that those can set the session cookie."""

from typing import ClassVar

import reflex as rx

_http_form = rx.asset("http_form.jsx", shared=True)
_face_photo = rx.asset("face_photo.jsx", shared=True)


class HttpForm(rx.Component):
    """action: the route; then: a second route for the same fields; leads_to: the page afterwards,
    unless the route redirects; busy_text: shown meanwhile."""

    library: ClassVar[str] = _http_form.importable_path  # type: ignore[misc]
    tag = "HttpForm"
    action: rx.Var[str]
    then: rx.Var[str]
    leads_to: rx.Var[str]
    busy_text: rx.Var[str]


class FacePhoto(rx.Component):
    """A face photo by camera or file, as the form's field ``name``."""

    library: ClassVar[str] = _face_photo.importable_path  # type: ignore[misc]
    tag = "FacePhoto"
    name: rx.Var[str]


http_form = HttpForm.create
face_photo = FacePhoto.create


def field(label: str, name: str, hint: str = "", **attributes: str | bool | int) -> rx.Component:
    """A labelled text field; the hint stands below it and is read out with it."""
    hint_id = f"{name}-hint"
    return rx.box(
        rx.el.label(label, html_for=name, class_name="field-label"),
        rx.el.input(
            id=name,
            name=name,
            class_name="field-input",
            custom_attrs={"aria-describedby": hint_id} if hint else {},
            **attributes,
        ),
        rx.el.small(hint, id=hint_id, class_name="muted") if hint else rx.fragment(),
        margin_bottom="12px",
    )
