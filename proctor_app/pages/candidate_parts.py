"""What is known of one attempt: picture, standing, progress, timeline, incidents."""

import reflex as rx

from proctor_app.components.layout import chip, empty, moment, panel
from proctor_app.components.live_picture import live_picture
from proctor_app.components.timeline import timeline
from proctor_app.state.candidate import CandidateState
from proctor_app.state.candidate_shown import (
    DeskIncident,
    ShownDot,
    ShownShot,
    ShownTerm,
)
from proctor_app.state.candidate_words import LISTED


def picture() -> rx.Component:
    """What the camera shows, and apart from it how well that can be seen."""
    head, signs = CandidateState.head, CandidateState.signs
    return panel(
        rx.heading("Picture", size="3", as_="h3", class_name="only-read"),
        rx.cond(
            head.has_camera,
            live_picture(
                attempt_id=CandidateState.attempt_id,
                candidate=head.candidate,
                picture=CandidateState.picture,
                is_live=head.can_pause,
                words=rx.cond(
                    head.can_resume,
                    "Paused: no pictures are taken",
                    rx.cond(head.is_open, "Not begun yet", "The attempt has ended"),
                ),
            ),
            empty(
                "camera-off", "No camera in this exam", "Only what the browser tells is watched."
            ),
        ),
        rx.el.ul(
            rx.el.li(
                rx.el.span("Camera", class_name="muted"), chip(signs.seen.kind, signs.seen.text)
            ),
            rx.el.li(
                rx.el.span("Connection", class_name="muted"), chip(signs.link.kind, signs.link.text)
            ),
            rx.cond(
                signs.face_rate != "",
                rx.el.li(
                    rx.el.span("Face seen", class_name="muted"),
                    rx.el.span(signs.face_rate, " of the time", class_name="figures"),
                ),
                rx.fragment(),
            ),
            rx.cond(
                signs.seb.text != "",
                rx.el.li(
                    rx.el.span("Safe Exam Browser", class_name="muted"),
                    rx.box(
                        chip(signs.seb.kind, signs.seb.text),
                        rx.cond(
                            signs.seb_at != "",
                            rx.el.small(moment(signs.seb_at, "D MMM, HH:mm"), class_name="muted"),
                            rx.fragment(),
                        ),
                    ),
                ),
                rx.fragment(),
            ),
            class_name="plain-list candidate-signs",
        ),
        rx.cond(
            signs.left_out != "", rx.el.small(signs.left_out, class_name="muted"), rx.fragment()
        ),
    )


def standing() -> rx.Component:
    """Compliance, term by term."""
    return panel(
        rx.box(
            rx.heading("Compliance", size="3", as_="h3"),
            rx.el.span(
                rx.el.b(CandidateState.compliance),
                rx.el.span(" of 100", class_name="muted"),
                class_name="figures candidate-compliance",
            ),
            class_name="panel-head",
        ),
        rx.cond(
            CandidateState.terms,
            rx.el.ul(rx.foreach(CandidateState.terms, _term), class_name="plain-list terms"),
            rx.el.p("Nothing was taken from it.", class_name="muted"),
        ),
        rx.el.small(
            "100 less what the incidents cost. It says where to look first; a person judges.",
            class_name="muted",
        ),
    )


def _term(one: ShownTerm) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            one.name,
            rx.el.small(
                one.times,
                rx.cond(one.is_capped, ", the most that this can take", ""),
                class_name="muted",
            ),
        ),
        rx.el.span(one.points, class_name="figures strong"),
    )


def progress() -> rx.Component:
    """How far the candidate is, never what they answered."""
    return rx.cond(
        CandidateState.dots,
        panel(
            rx.heading("Progress", size="3", as_="h3"),
            rx.el.p(
                CandidateState.progress.words,
                rx.cond(
                    CandidateState.progress.now != "",
                    rx.el.span(" · ", CandidateState.progress.now),
                    rx.fragment(),
                ),
            ),
            rx.el.ol(
                rx.foreach(CandidateState.dots, _dot), class_name="dots", aria_label="Questions"
            ),
            rx.el.small(
                "Filled: answered. Corner: flagged for later. Ring: before the candidate now.",
                class_name="muted",
            ),
        ),
        rx.cond(
            CandidateState.head.is_free,
            panel(
                rx.heading("Progress", size="3", as_="h3"),
                rx.el.p("A free session has no questions.", class_name="muted"),
            ),
            rx.fragment(),
        ),
    )


def _dot(one: ShownDot) -> rx.Component:
    return rx.el.li(
        rx.el.span(one.number, aria_hidden="true"),
        rx.el.span(one.words, class_name="only-read"),
        class_name=f"dot figures {one.kind}",
        title=one.words,
    )


def timeline_panel() -> rx.Component:
    return panel(
        rx.box(
            rx.heading("The attempt over time", size="3", as_="h3"),
            rx.el.small(
                "Drag to zoom, double click for all, click a bar for its pictures. Grey: nothing "
                "was monitored, which says nothing about the candidate.",
                class_name="muted",
            ),
            class_name="panel-head",
        ),
        rx.cond(
            CandidateState.head.started_at != "",
            rx.box(
                timeline(
                    data=CandidateState.figure,
                    config={"displayModeBar": False, "responsive": True},
                    width="100%",
                    use_resize_handler=True,
                    on_click=CandidateState.choose,
                ),
                class_name="candidate-figure",
                role="img",
                aria_label="Incidents, interruptions and signals over the time of the attempt. The "
                "incidents are listed below.",
            ),
            empty("hourglass", "Not begun yet", "The time line begins with the attempt."),
        ),
    )


def incidents() -> rx.Component:
    return panel(
        rx.box(
            rx.heading("Incidents", size="3", as_="h3"),
            rx.link(
                "Review",
                rx.el.kbd("R", class_name="key-hint", aria_hidden="true"),
                href=f"/review/{CandidateState.attempt_id}",
                id="to-review",
                underline="none",
                class_name="plain-button",
                custom_attrs={"data-key": "r", "aria-keyshortcuts": "R"},
            ),
            class_name="panel-head",
        ),
        rx.cond(CandidateState.chosen.id > 0, _evidence(), rx.fragment()),
        rx.cond(
            CandidateState.incidents,
            rx.el.ul(
                rx.foreach(CandidateState.incidents, _incident),
                class_name="plain-list incident-list",
                id="incidents",
            ),
            empty("circle-check", "No incidents", "They appear here within a second."),
        ),
        rx.cond(
            CandidateState.incident_count > LISTED,
            rx.link(
                f"Show all {CandidateState.incident_count} in the review",
                href=f"/review/{CandidateState.attempt_id}",
            ),
            rx.fragment(),
        ),
    )


def _evidence() -> rx.Component:
    found = CandidateState.chosen
    return rx.el.section(
        rx.box(
            rx.box(
                chip(found.kind, found.title), rx.el.small(found.facts, class_name="muted figures")
            ),
            rx.el.button(
                rx.icon("x", size=16),
                type="button",
                on_click=CandidateState.choose(0),  # type: ignore[operator]
                class_name="icon-button",
                aria_label="Put the pictures away",
            ),
            class_name="evidence-head",
        ),
        rx.cond(
            CandidateState.shots,
            rx.el.div(rx.foreach(CandidateState.shots, _shot), class_name="shots"),
            rx.el.p(found.why_none, class_name="muted"),
        ),
        class_name="evidence",
        id="evidence",
        aria_label="Pictures of the incident",
        aria_live="polite",
    )


def _shot(one: ShownShot) -> rx.Component:
    return rx.el.figure(
        rx.link(
            rx.el.img(src=one.url, alt=f"{one.words} of the incident"),
            href=one.url,
            is_external=True,
        ),
        rx.el.figcaption(one.words, " · ", moment(one.at), class_name="muted"),
        key=one.url,
    )


def _incident(one: DeskIncident) -> rx.Component:
    is_chosen = CandidateState.chosen.id == one.id
    return rx.el.li(
        rx.el.button(
            rx.cond(
                one.picture != "",
                rx.el.img(
                    src=one.picture,
                    alt=f"{one.event}, the picture",
                    loading="lazy",
                    class_name="incident-thumb",
                ),
                rx.fragment(),
            ),
            chip(one.kind, one.event),
            rx.el.span(
                moment(one.at),
                " · ",
                rx.cond(one.is_open, rx.el.b("open"), one.lasted),
                rx.el.span(f" · {one.into} in", class_name="muted"),
                class_name="figures",
            ),
            rx.cond(
                one.pictures > 0,
                rx.el.span(
                    rx.icon("image", size=14), one.pictures, class_name="incident-pictures figures"
                ),
                rx.fragment(),
            ),
            type="button",
            on_click=CandidateState.choose(one.id),  # type: ignore[operator]
            class_name="incident-opener",
            custom_attrs={"aria-pressed": rx.cond(is_chosen, "true", "false")},
        ),
        rx.cond(
            one.is_judged,
            chip(one.verdict.kind, one.verdict.text),
            rx.cond(
                one.is_acknowledged,
                chip("none", "Acknowledged"),
                rx.el.button(
                    "Acknowledge",
                    type="button",
                    on_click=CandidateState.acknowledge(one.id),  # type: ignore[operator]
                    class_name="plain-button small-button",
                    aria_label=f"Acknowledge {one.event} at {one.into}",
                ),
            ),
        ),
        key=one.id,
        custom_attrs={"data-incident": one.id},
    )
