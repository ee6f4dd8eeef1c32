"""The questions of an exam: a list in its order, and one of them open to be changed."""

import reflex as rx

from proctor_app.components.exam_frame import exam_frame
from proctor_app.components.layout import empty, panel
from proctor_app.components.question_editor import question_editor
from proctor_app.state.exam_editor import ExamEditorState as State
from proctor_app.state.exam_questions import RenderedOption
from proctor_app.state.exam_words import KINDS, QuestionRow

_ICONS = {
    "single": "circle-dot",
    "multiple": "square-check",
    "numeric": "hash",
    "short": "text-cursor-input",
    "essay": "text",
}
_KINDS = [[kind.value, words] for kind, words in KINDS.items()]


def page() -> rx.Component:
    return exam_frame(
        "Questions",
        rx.cond(
            State.rows,
            rx.el.ol(rx.foreach(State.rows, _row), class_name="questions", id="questions"),
            panel(
                empty(
                    "list-plus",
                    "No question yet",
                    "Add the first one below. It saves itself while you write.",
                )
            ),
        ),
        rx.cond(State.exam.is_practice, rx.fragment(), _add()),
        rx.cond(State.removed != "", _removed(), rx.fragment()),
        rx.el.span(State.said, class_name="only-read", role="status"),
    )


def _add() -> rx.Component:
    return rx.box(
        rx.el.span("Add a question:", class_name="strong"),
        *(
            rx.el.button(
                rx.icon(_ICONS[kind.value], size=16),
                words,
                type="button",
                on_click=State.add_question(kind.value),  # type: ignore[operator]
                class_name="plain-button",
            )
            for kind, words in KINDS.items()
        ),
        class_name="add-question",
        role="group",
        aria_label="Add a question",
    )


def _row(row: QuestionRow) -> rx.Component:
    is_open = State.opened.id == row.id
    return rx.el.li(
        rx.box(
            rx.el.button(
                rx.el.span(row.number, class_name="question-place figures"),
                rx.el.span(
                    rx.el.span(
                        rx.cond(row.summary != "", row.summary, "No text yet"), class_name="strong"
                    ),
                    rx.el.small(row.kind, " · ", row.points, class_name="muted figures"),
                    class_name="question-summary",
                ),
                rx.cond(
                    row.problem != "",
                    rx.el.span(
                        rx.icon("triangle-alert", size=14), row.problem, class_name="row-problem"
                    ),
                    rx.fragment(),
                ),
                type="button",
                on_click=rx.cond(
                    is_open,
                    State.close_question(),  # type: ignore[operator]
                    State.open_question(row.id),  # type: ignore[operator]
                ),
                custom_attrs={"aria-expanded": rx.cond(is_open, "true", "false")},
                class_name="question-opener",
            ),
            rx.cond(State.exam.is_practice, rx.fragment(), _row_actions(row)),
            class_name="question-line",
        ),
        rx.cond(is_open, _opened(), rx.fragment()),
        key=row.id,
        class_name=rx.cond(is_open, "panel question-item is-open", "panel question-item"),
        custom_attrs={"data-question": row.id},
    )


def _row_actions(row: QuestionRow) -> rx.Component:
    last = State.rows.length()  # type: ignore[attr-defined]

    def button(icon: str, words: str, handler: object, disabled: object = False) -> rx.Component:
        return rx.el.button(
            rx.icon(icon, size=16),
            type="button",
            on_click=handler,
            disabled=disabled,
            title=words,
            custom_attrs={"aria-label": f"{words}: question {row.number}"},
            class_name="icon-button",
        )

    move = State.move_question
    return rx.box(
        button("arrow-up", "Up", move(row.id, -1), row.number == 1),  # type: ignore[operator]
        button("arrow-down", "Down", move(row.id, 1), row.number == last),  # type: ignore[operator]
        button("copy", "Duplicate", State.duplicate_question(row.id)),  # type: ignore[operator]
        button("trash-2", "Remove", State.remove_question(row.id)),  # type: ignore[operator]
        class_name="question-actions",
    )


def _opened() -> rx.Component:
    return rx.box(
        rx.cond(State.is_conflict, _conflict(), rx.fragment()),
        question_editor(
            _shown(),
            question=State.opened,
            exam_id=State.exam.id,
            acked=State.acked,
            kinds=_KINDS,
            locked=State.exam.is_practice,
            on_save=State.change_question,
            key=f"{State.opened.id} {State.epoch}",
            class_name="question-grid",
        ),
        class_name="question-body",
    )


def _conflict() -> rx.Component:
    return rx.box(
        rx.icon("git-merge", size=18),
        rx.box(
            rx.text(State.question_problem, weight="bold"),
            rx.text(
                "What you wrote is still here, and not saved. Keep yours over theirs, or take "
                "theirs and let yours go. The preview shows theirs.",
            ),
            rx.flex(
                rx.el.button(
                    "Keep mine", type="button", on_click=State.keep_mine, class_name="plain-button"
                ),
                rx.el.button(
                    "Take theirs",
                    type="button",
                    on_click=State.take_theirs,
                    class_name="plain-button",
                ),
                gap="8px",
                margin_top="8px",
                wrap="wrap",
            ),
        ),
        role="alert",
        class_name="callout",
    )


def _shown() -> rx.Component:
    """How candidates see it, with what is right marked for the author."""
    shown = State.rendered
    return rx.el.section(
        rx.el.div("As candidates see it", class_name="field-label"),
        rx.box(
            rx.cond(
                shown.html != "",
                rx.html(shown.html, class_name="question-text markup"),
                rx.el.p("Nothing is written yet.", class_name="muted"),
            ),
            rx.foreach(shown.options, _option),
            rx.cond(
                shown.answer != "",
                rx.el.p("Right: ", rx.el.b(shown.answer), class_name="right-answer wrap"),
                rx.fragment(),
            ),
            rx.cond(
                shown.explanation != "",
                rx.box(
                    rx.el.small("With the results:", class_name="muted"),
                    rx.html(shown.explanation, class_name="markup"),
                    class_name="shown-explanation",
                ),
                rx.fragment(),
            ),
            class_name="shown-question",
        ),
        rx.cond(
            shown.problems,
            rx.el.ul(rx.foreach(shown.problems, _problem), class_name="question-problems"),
            rx.fragment(),
        ),
        rx.cond(State.exam.is_practice, rx.fragment(), _place()),
        _help(),
        aria_label="Preview of the question",
        class_name="question-preview",
    )


def _place() -> rx.Component:
    """For long lists, where a step at a time is too slow."""
    number = State.rendered.number
    return rx.el.label(
        rx.el.span("Place in the list"),
        rx.el.input(
            type="number",
            min=1,
            max=State.exam.questions,
            default_value=number.to_string(),  # type: ignore[attr-defined]
            on_blur=State.place_question(State.opened.id),  # type: ignore[operator]
            key=f"place {State.opened.id} {number}",
            class_name="field-input",
        ),
        rx.el.span(f"of {State.exam.questions}", class_name="muted figures"),
        class_name="place-line",
    )


def _option(option: RenderedOption) -> rx.Component:
    return rx.box(
        rx.cond(
            option.is_right,
            rx.icon("circle-check", size=16, color="var(--green-10)", aria_label="right"),
            rx.icon("circle", size=16, color="var(--gray-8)", aria_hidden="true"),
        ),
        rx.html(option.html, class_name="markup"),
        class_name="shown-option",
    )


def _problem(text: str) -> rx.Component:
    return rx.el.li(rx.icon("triangle-alert", size=14), rx.el.span("To do: ", text))


def _help() -> rx.Component:
    rows = [
        ("**bold**, *italic*, `code`", "bold, italic, code"),
        ("$x^2$", "a formula in the line, as in LaTeX"),
        ("$$\\sum_i x_i$$", "a formula on a line of its own"),
        ("- item", "a list"),
        ("```", "before and after lines of a program"),
    ]
    return rx.el.details(
        rx.el.summary("How to write"),
        rx.el.dl(
            *(rx.fragment(rx.el.dt(rx.el.code(sign)), rx.el.dd(words)) for sign, words in rows)
        ),
        class_name="write-help",
    )


def _removed() -> rx.Component:
    return rx.box(
        rx.el.span(State.removed, class_name="wrap"),
        rx.el.button("Undo", type="button", on_click=State.undo_remove, class_name="plain-button"),
        rx.el.button(
            rx.icon("x", size=16),
            type="button",
            on_click=State.forget_removed,
            class_name="icon-button",
            custom_attrs={"aria-label": "Close"},
        ),
        role="status",
        class_name="undo-bar",
    )
