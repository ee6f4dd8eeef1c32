"""Safe Exam Browser: a part of an exam's page of settings."""

import reflex as rx

from proctor_app.components.exam_fields import section
from proctor_app.state.exam_editor import ExamEditorState
from proctor_app.state.exam_seb import ExamSebState


def seb() -> rx.Component:
    """Nothing where the exam is the practice exam, which anybody sits anywhere."""
    return rx.cond(
        ExamEditorState.exam.is_practice,
        rx.fragment(),
        section(
            "Safe Exam Browser",
            rx.el.label(
                rx.switch(
                    checked=ExamSebState.is_required,
                    on_change=ExamSebState.turn,
                    disabled=~ExamSebState.loaded,
                    id="seb-required",
                ),
                rx.el.span("Only in Safe Exam Browser", class_name="strong"),
                html_for="seb-required",
                class_name="switch-line",
            ),
            rx.el.small(
                "Candidates open the exam with a configuration that is made here, in a browser "
                "that shows nothing else. The documentation says what that proves, and what not.",
                class_name="muted",
            ),
            rx.cond(ExamSebState.is_required, _details(), rx.fragment()),
            rx.el.p(ExamSebState.said, role="status", class_name="muted"),
            rx.el.p(ExamSebState.problem, role="alert", class_name="form-problem"),
            note="Takes effect at once",
        ),
    )


def _details() -> rx.Component:
    return rx.fragment(
        rx.box(
            rx.el.span("Config Key", class_name="field-label"),
            rx.el.code(ExamSebState.config_key, class_name="seb-key", id="seb-config-key"),
            rx.el.a(
                "Download configuration",
                href=ExamSebState.file,
                custom_attrs={"download": ""},
                class_name="plain-button",
            ),
            class_name="stack seb-form",
        ),
        rx.el.form(
            rx.el.label("Browser Exam Keys", html_for="seb-exam-keys", class_name="field-label"),
            rx.el.textarea(
                id="seb-exam-keys",
                name="exam_keys",
                rows=3,
                spell_check=False,
                default_value=ExamSebState.exam_keys,
                key=f"keys {ExamSebState.mark}",
                class_name="field-input seb-key",
                custom_attrs={"aria-describedby": "seb-exam-keys-hint"},
            ),
            rx.el.small(
                "Optional, one a line: what the configuration tool shows for each version that you "
                "allow. Then one of them is asked for, too.",
                id="seb-exam-keys-hint",
                class_name="muted",
            ),
            rx.el.button("Save the keys", type="submit", class_name="plain-button"),
            on_submit=ExamSebState.set_keys,
            class_name="stack seb-form",
        ),
        rx.el.form(
            rx.el.label("Quit password", html_for="seb-quit", class_name="field-label"),
            rx.el.input(
                id="seb-quit",
                name="quit_password",
                type="password",
                auto_complete="new-password",
                max_length=100,
                key=f"quit {ExamSebState.mark}",
                placeholder=rx.cond(ExamSebState.has_quit_password, "One is set", "None is set"),
                class_name="field-input",
                custom_attrs={"aria-describedby": "seb-quit-hint"},
            ),
            rx.el.small(
                "Asked when somebody closes the browser before the end. Saved empty, nothing is "
                "asked. Candidates can read its digest in the configuration: use a long one.",
                id="seb-quit-hint",
                class_name="muted",
            ),
            rx.el.button("Save the quit password", type="submit", class_name="plain-button"),
            on_submit=ExamSebState.set_quit,
            class_name="stack seb-form",
        ),
    )
