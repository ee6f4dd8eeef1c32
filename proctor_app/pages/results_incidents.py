"""What the review found, for the candidate: the verdict, the incidents, and a way to object."""

import reflex as rx

from proctor_app.components.layout import chip, moment, panel
from proctor_app.state.results import ResultsState
from proctor_app.state.results_incidents import ShownAnswered, ShownTerm, ShownTold
from proctor_app.state.review_words import ShownPicture

_OUTCOME = ResultsState.outcome


def verdict() -> rx.Component:
    """The attempt's verdict with its reason; before release a sentence that says so."""
    return rx.el.section(
        rx.heading("Review", size="4", as_="h2"),
        rx.cond(
            _OUTCOME.verdict.text != "",
            rx.box(chip(_OUTCOME.verdict.kind, _OUTCOME.verdict.text)),
            rx.fragment(),
        ),
        rx.cond(_OUTCOME.said != "", rx.text(_OUTCOME.said, id="outcome"), rx.fragment()),
        _reason(_OUTCOME.reason, _OUTCOME.category),
        rx.cond(
            _OUTCOME.is_released,
            rx.fragment(
                _compliance(),
                rx.link("What was noted", href="#noted"),
            ),
            rx.fragment(),
        ),
        class_name="panel stack told-head",
        id="review",
        aria_label="Review",
    )


def noted() -> rx.Component:
    """The incidents, once they are released, and what the candidate says to them."""
    return rx.fragment(
        rx.cond(_OUTCOME.is_released, _incidents(), rx.fragment()),
        rx.cond(_OUTCOME.has_appeals, _appeals(), rx.fragment()),
    )


def _reason(reason: str, category: str) -> rx.Component:
    return rx.cond(
        reason != "",
        rx.el.p(
            rx.el.b("Reason: "),
            rx.el.span(reason, class_name="as-written"),
            rx.cond(category != "", rx.el.small(" · ", category, class_name="muted"), ""),
            class_name="wrap",
        ),
        rx.fragment(),
    )


def _compliance() -> rx.Component:
    return rx.box(
        rx.el.p(
            "Compliance ",
            rx.el.b(_OUTCOME.compliance, class_name="figures"),
            rx.el.span(" of 100", class_name="muted"),
        ),
        rx.el.small(
            "100 minus points for what was noted and not dismissed. It only sorts what people "
            "look at first; people give every verdict.",
            class_name="muted",
        ),
        rx.cond(
            _OUTCOME.terms,
            rx.el.ul(rx.foreach(_OUTCOME.terms, _term), class_name="terms"),
            rx.fragment(),
        ),
    )


def _term(term: ShownTerm) -> rx.Component:
    return rx.el.li(rx.el.span(term.words), rx.el.span(term.lost, class_name="figures"))


def _incidents() -> rx.Component:
    return panel(
        rx.heading("What was noted", size="4", as_="h2"),
        rx.cond(
            _OUTCOME.incidents,
            rx.el.ol(rx.foreach(_OUTCOME.incidents, _incident), class_name="told", id="told"),
            rx.text("Nothing was noted in this attempt.", class_name="muted"),
        ),
        rx.cond(_OUTCOME.more != "", rx.text(_OUTCOME.more, class_name="muted"), rx.fragment()),
        id="noted",
    )


def _incident(one: ShownTold) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.heading(one.event, size="3", as_="h3"),
            chip(one.verdict.kind, one.verdict.text),
            class_name="chips",
        ),
        rx.el.small(
            moment(one.at, "DD MMM HH:mm:ss"),
            rx.cond(one.lasted != "", rx.fragment(", ", one.lasted), ""),
            class_name="muted figures",
        ),
        rx.text(one.explained),
        rx.text(one.said),
        _reason(one.reason, one.category),
        rx.cond(
            one.pictures,
            rx.box(rx.foreach(one.pictures, _picture), class_name="told-pictures"),
            rx.fragment(),
        ),
        custom_attrs={"data-incident": one.id},
    )


def _picture(one: ShownPicture) -> rx.Component:
    words = rx.cond(one.words != "", one.words, "At the opening")
    return rx.el.figure(
        rx.el.img(src=one.src, alt=f"Picture of you: {words}", loading="lazy"),
        rx.el.figcaption(words, class_name="muted"),
    )


def _appeals() -> rx.Component:
    return panel(
        rx.heading("Appeal", size="4", as_="h2"),
        rx.foreach(_OUTCOME.appeals, _appeal),
        rx.cond(_OUTCOME.may_appeal, _form(), rx.fragment()),
        class_name="appeals",
        id="appeal",
    )


def _appeal(one: ShownAnswered) -> rx.Component:
    return rx.box(
        rx.box(
            rx.cond(
                one.answered_at != "",
                chip("ok", "Answered"),
                chip("notice", "Waits for an answer"),
            ),
            rx.el.small("You, ", moment(one.made_at, "DD MMM HH:mm"), class_name="muted"),
            class_name="chips",
        ),
        rx.el.p(one.text, class_name="as-written"),
        rx.cond(
            one.answered_at != "",
            rx.fragment(
                rx.el.small(
                    "The answer, ", moment(one.answered_at, "DD MMM HH:mm"), class_name="muted"
                ),
                rx.el.p(one.answer, class_name="as-written"),
            ),
            rx.el.small("A person will read it and answer here.", class_name="muted"),
        ),
        class_name="appeal",
    )


def _form() -> rx.Component:
    return rx.form(
        rx.el.label(
            "Do you see it differently? Say so; a person reads it and answers.",
            html_for="appeal-text",
            class_name="field-label",
        ),
        rx.el.textarea(
            id="appeal-text", name="text", rows=4, max_length=1000, class_name="field-input"
        ),
        rx.el.p(ResultsState.appeal_problem, role="alert", class_name="form-problem"),
        rx.el.button(
            "Send the appeal", type="submit", id="send-appeal", class_name="primary-button"
        ),
        on_submit=ResultsState.appeal,
        class_name="appeal-form",
    )
