"""Who watches an exam: a part of its page of people."""

import reflex as rx

from proctor_app.components.exam_fields import section
from proctor_app.components.layout import chip
from proctor_app.components.listing import search_box
from proctor_app.state.exam_proctors import ExamProctorsState, ShownProctor


def proctors() -> rx.Component:
    return section(
        "Proctors",
        rx.cond(
            ExamProctorsState.assigned,
            rx.el.p("Only these, and admins, see and judge its attempts.", class_name="muted"),
            rx.box(
                chip("none", "Every proctor"),
                rx.el.p(
                    "Nobody is named, so every proctor sees and judges its attempts.",
                    class_name="muted",
                ),
            ),
        ),
        rx.el.ul(
            rx.foreach(ExamProctorsState.assigned, _assigned), class_name="names", id="assigned"
        ),
        rx.el.p(ExamProctorsState.problem, role="alert", class_name="form-problem"),
        search_box(
            "Search proctors by name or e-mail",
            "Name a proctor",
            ExamProctorsState.search,
            key=f"proctors {ExamProctorsState.loaded}",
        ),
        rx.cond(
            ExamProctorsState.found,
            rx.el.ul(rx.foreach(ExamProctorsState.found, _found), class_name="names"),
            rx.el.p(
                rx.cond(
                    ExamProctorsState.searched != "",
                    "No other proctor is like this.",
                    "There is no other proctor.",
                ),
                class_name="muted",
            ),
        ),
    )


def _assigned(proctor: ShownProctor) -> rx.Component:
    return _name(
        proctor,
        rx.el.button(
            rx.icon("x", size=16),
            type="button",
            on_click=ExamProctorsState.unassign(proctor.id),  # type: ignore[operator]
            class_name="icon-button",
            custom_attrs={"aria-label": f"Take {proctor.name} off"},
        ),
    )


def _found(proctor: ShownProctor) -> rx.Component:
    return _name(
        proctor,
        rx.el.button(
            "Name",
            type="button",
            on_click=ExamProctorsState.assign(proctor.id),  # type: ignore[operator]
            class_name="plain-button",
            custom_attrs={"aria-label": f"Name {proctor.name}"},
        ),
    )


def _name(proctor: ShownProctor, button: rx.Component) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.el.span(proctor.name, class_name="strong wrap"),
            rx.el.div(proctor.email, class_name="muted wrap"),
        ),
        button,
    )
