"""What stands around the review desk: the candidate's appeal, the sitting's time, what was said."""

import reflex as rx

from proctor_app.components.layout import chip, moment, panel
from proctor_app.components.timeline import timeline as figure_with_incidents
from proctor_app.state.review import ReviewState
from proctor_app.state.review_words import ShownAppeal, ShownSaid


def appeals() -> rx.Component:
    """What the candidate says against the verdict, with a form for the answer."""
    return rx.cond(
        ReviewState.appeals,
        rx.el.section(
            rx.heading("Appeal", size="3", as_="h2"),
            rx.foreach(ReviewState.appeals, _appeal),
            rx.cond(
                ReviewState.has_open_appeal,
                _answer(),
                rx.fragment(),
            ),
            class_name="panel appeals",
            id="appeals",
            aria_label="Appeal",
        ),
        rx.fragment(),
    )


def _appeal(one: ShownAppeal) -> rx.Component:
    return rx.box(
        rx.box(
            rx.cond(
                one.answered_at != "",
                chip("ok", "Answered"),
                chip("notice", "Waits for an answer"),
            ),
            rx.el.small("The candidate, ", moment(one.made_at, "DD MMM HH:mm"), class_name="muted"),
            class_name="chips",
        ),
        rx.el.p(one.text, class_name="as-written"),
        rx.cond(
            one.answered_at != "",
            rx.fragment(
                rx.el.small(
                    one.answered_by,
                    ", ",
                    moment(one.answered_at, "DD MMM HH:mm"),
                    class_name="muted",
                ),
                rx.el.p(one.answer, class_name="as-written"),
            ),
            rx.fragment(),
        ),
        class_name="appeal",
        key=f"{one.id}",
    )


def _answer() -> rx.Component:
    verdicts = {
        "": "The verdict stays as it was",
        "passed": "Passed",
        "suspicious": "Suspicious",
        "violation": "Violation",
    }
    return rx.form(
        rx.el.label(
            "Your answer, shown to the candidate", html_for="answer", class_name="field-label"
        ),
        rx.el.textarea(
            id="answer", name="answer", rows=3, max_length=1000, class_name="field-input"
        ),
        rx.box(
            rx.el.label("Verdict", html_for="answer-verdict", class_name="field-label"),
            rx.el.select(
                *(rx.el.option(words, value=key) for key, words in verdicts.items()),
                id="answer-verdict",
                name="verdict",
                default_value="",
                class_name="field-input",
            ),
            rx.el.button("Answer the appeal", type="submit", class_name="primary-button"),
            class_name="answer-line",
        ),
        rx.el.p(ReviewState.appeal_problem, role="alert", class_name="form-problem"),
        on_submit=ReviewState.answer,
    )


def timeline() -> rx.Component:
    """Incidents by type over the attempt's time; a click shows the incident above."""
    return rx.cond(
        ReviewState.sitting.incidents,
        panel(
            rx.box(
                rx.heading(
                    "The sitting, ",
                    moment(ReviewState.sitting.started_at, "HH:mm"),
                    rx.cond(
                        ReviewState.sitting.ended_at != "",
                        rx.fragment(" to ", moment(ReviewState.sitting.ended_at, "HH:mm")),
                        " until now",
                    ),
                    size="3",
                    as_="h3",
                ),
                rx.el.small(
                    "Drag to zoom, click a bar for its incident. Grey: no picture arrived, which "
                    "is not held against anyone.",
                    class_name="muted",
                ),
                class_name="section-head",
            ),
            figure_with_incidents(
                data=ReviewState.figure,
                config={"displaylogo": False, "displayModeBar": False, "responsive": True},
                width="100%",
                use_resize_handler=True,
                on_click=ReviewState.choose,
            ),
            class_name="review-timeline",
        ),
        rx.fragment(),
    )


def history() -> rx.Component:
    """Everything that was said, by whom and when."""
    return rx.cond(
        ReviewState.said,
        panel(
            rx.el.details(
                rx.el.summary("What was said, and by whom"),
                rx.el.ol(rx.foreach(ReviewState.said, _said), class_name="said", id="said"),
            ),
        ),
        rx.fragment(),
    )


def _said(one: ShownSaid) -> rx.Component:
    return rx.el.li(
        rx.el.small(moment(one.at, "DD MMM HH:mm:ss"), class_name="muted"),
        rx.el.span(
            rx.el.b(one.who),
            " ",
            one.did,
            rx.cond(one.about != "", rx.fragment(": ", one.about), ""),
            rx.cond(one.reason != "", rx.fragment(" · ", rx.el.q(one.reason)), ""),
            class_name="wrap",
        ),
        rx.cond(one.verdict.text != "", chip(one.verdict.kind, one.verdict.text), rx.fragment()),
    )
