"""Forms that are sent to our routes, so that those can set the session cookie."""

from typing import ClassVar

import reflex as rx

_http_form = rx.asset("http_form.jsx", shared=True)


class HttpForm(rx.Component):
    """action: the route; then: a second route for the same fields; leads_to: the page afterwards,
    unless the route redirects, "" to stay and show done_text; busy_text: shown meanwhile; as_json:
    how the fields are sent; fragment: a value behind the address's # that is sent with them."""

    library: ClassVar[str] = _http_form.importable_path  # type: ignore[misc]
    tag = "HttpForm"
    action: rx.Var[str]
    then: rx.Var[str]
    leads_to: rx.Var[str]
    busy_text: rx.Var[str]
    done_text: rx.Var[str]
    as_json: rx.Var[bool]
    fragment: rx.Var[str]


class AfterCode(rx.Component):
    """A part of a form that appears once the form was answered with one of these error codes,
    separated by spaces."""

    library: ClassVar[str] = _http_form.importable_path  # type: ignore[misc]
    tag = "AfterCode"
    codes: rx.Var[str]


http_form = HttpForm.create
after_code = AfterCode.create


def field(
    label: str, name: str, hint: str = "", *, within: str = "", **attributes: str | bool | int
) -> rx.Component:
    """A labelled text field; the hint stands below it and is read out with it. within: a word for
    its form, where another one on the page has a field of this name."""
    own_id = f"{within}-{name}" if within else name
    hint_id = f"{own_id}-hint"
    return rx.box(
        rx.el.label(label, html_for=own_id, class_name="field-label"),
        rx.el.input(
            id=own_id,
            name=name,
            class_name="field-input",
            custom_attrs={"aria-describedby": hint_id} if hint else {},
            **attributes,
        ),
        rx.el.small(hint, id=hint_id, class_name="muted") if hint else rx.fragment(),
        margin_bottom="12px",
    )
