"""An exam as candidates see it; what is answered here is kept nowhere."""

import reflex as rx

from proctor_app.components.exam_frame import exam_frame
from proctor_app.components.layout import empty, panel
from proctor_app.state.exam_editor import ExamEditorState as State
from proctor_app.state.exam_questions import RenderedOption, RenderedQuestion


def page() -> rx.Component:
    return exam_frame(
        "Preview",
        rx.box(
            rx.icon("eye", size=18),
            rx.text(
                "This is the draft as candidates see it, one question below the other. Answers "
                "you try here are kept nowhere. What is right is not shown to candidates."
            ),
            class_name="callout",
        ),
        rx.cond(
            State.preview,
            rx.box(
                _before(),
                rx.foreach(State.preview, _question),
                class_name="exam-preview",
            ),
            panel(empty("eye", "Nothing to see yet", "Add a question first.")),
        ),
    )


def _before() -> rx.Component:
    return rx.cond(
        State.description_html != "",
        panel(rx.html(State.description_html, class_name="markup")),
        rx.fragment(),
    )


def _question(item: RenderedQuestion) -> rx.Component:
    hints = {
        "single": "Choose one.",
        "multiple": "Choose all that are right.",
    }
    name = f"preview-{item.number}"
    return rx.el.section(
        rx.box(
            rx.el.h3(
                "Question ",
                item.number,
                f" of {State.exam.questions} · ",
                item.points,
                class_name="question-number",
            ),
            class_name="question-head",
        ),
        rx.html(item.html, class_name="question-text markup", id=f"{name}-text"),
        rx.match(
            item.kind,
            ("single", rx.el.p(hints["single"], class_name="muted hint")),
            ("multiple", rx.el.p(hints["multiple"], class_name="muted hint")),
            rx.fragment(),
        ),
        rx.match(
            item.kind,
            ("single", rx.foreach(item.options, lambda one: _option(one, "radio", name))),
            ("multiple", rx.foreach(item.options, lambda one: _option(one, "checkbox", name))),
            (
                "essay",
                rx.el.textarea(
                    rows=6,
                    class_name="field-input essay",
                    custom_attrs={"aria-labelledby": f"{name}-text"},
                ),
            ),
            (
                "numeric",
                rx.el.input(
                    type="text",
                    input_mode="decimal",
                    placeholder="A number",
                    class_name="field-input short-input",
                    custom_attrs={"aria-labelledby": f"{name}-text"},
                ),
            ),
            rx.el.input(
                type="text",
                placeholder="A short answer",
                class_name="field-input",
                custom_attrs={"aria-labelledby": f"{name}-text"},
            ),
        ),
        class_name="panel question",
    )


def _option(option: RenderedOption, kind: str, name: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(type=kind, name=name),
        rx.html(option.html, class_name="markup"),
        class_name="option",
    )
