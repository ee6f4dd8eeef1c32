"""Reports: a whole exam as an archive, and single attempts in every format."""

import reflex as rx

from proctor_app.components.layout import chip, empty, moment, offline, panel, shell, skeleton
from proctor_app.components.listing import failed, search_box
from proctor_app.components.nav import desk_nav
from proctor_app.components.report_links import report_links
from proctor_app.state.reports import ReportsState
from proctor_app.state.reports_words import ShownExport, ShownExportable, ShownReportable

_FORMATS = (
    ("pdf", "PDF", "for paper and for keeping; takes a second or two for each attempt"),
    ("html", "Page", "the same for a browser, pictures included"),
    ("csv", "CSV", "incidents as a table"),
    ("json", "JSON", "everything, for programs"),
)


def page() -> rx.Component:
    return shell(
        "Reports",
        ReportsState.viewer,
        rx.cond(
            ReportsState.loaded,
            rx.cond(
                ReportsState.problem != "",
                panel(failed(ReportsState.problem, ReportsState.load, "Reports can't be shown")),
                _desk(),
            ),
            rx.box(skeleton("380px"), skeleton("380px"), class_name="reports-grid"),
        ),
        right=desk_nav("Reports"),
    )


def _desk() -> rx.Component:
    return rx.box(
        panel(
            rx.heading("A whole exam", size="4", as_="h2"),
            rx.cond(ReportsState.exams, _form(), _nothing()),
            class_name="stack",
        ),
        panel(
            rx.heading("Your exports", size="4", as_="h2"),
            offline(_exports()),
            class_name="stack",
        ),
        panel(
            rx.heading("Single attempts", size="4", as_="h2"),
            _single(),
            class_name="stack reports-wide",
        ),
        class_name="reports-grid",
    )


def _nothing() -> rx.Component:
    return empty(
        "file-archive",
        "Nothing to export yet",
        "Exams that you watch appear here once somebody has sat them.",
    )


def _form() -> rx.Component:
    return rx.el.form(
        rx.el.label(
            rx.el.span("Exam", class_name="field-label"),
            rx.el.select(
                rx.foreach(ReportsState.exams, _option),
                value=ReportsState.exam_id,
                on_change=ReportsState.choose_exam,
                class_name="field-input",
                id="exam",
            ),
        ),
        rx.el.fieldset(
            rx.el.legend("Of each attempt", class_name="field-label"),
            *(_format(*one) for one in _FORMATS),
            _check(
                "Pictures",
                "evidence as it was kept; the archive grows large",
                ReportsState.with_pictures,
                ReportsState.set_pictures,
                "pictures",
            ),
            class_name="plain-fieldset report-formats",
        ),
        rx.el.small(
            "Tables of all attempts and of all incidents are always in it. The file is yours alone,"
            " stays for an hour, and the log says that you made it.",
            class_name="muted",
        ),
        rx.el.p(ReportsState.start_problem, role="alert", class_name="form-problem"),
        rx.el.button(
            rx.icon("file-archive", size=16),
            rx.cond(ReportsState.is_making, "One is being made", "Make the archive"),
            type="submit",
            disabled=ReportsState.is_making | ~ReportsState.has_formats,
            class_name="primary-button report-start",
            id="start",
        ),
        on_submit=ReportsState.start,
        class_name="stack",
    )


def _option(exam: ShownExportable) -> rx.Component:
    return rx.el.option(exam.words, value=exam.id)


def _format(kind: str, name: str, says: str) -> rx.Component:
    def switch(is_on: bool) -> object:
        return ReportsState.set_format(kind, is_on)  # type: ignore[operator]

    chosen = ReportsState.formats.contains(kind)  # type: ignore[attr-defined]
    return _check(name, says, chosen, switch, f"format-{kind}")


def _check(name: str, says: str, value: object, on_change: object, key: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="checkbox", checked=value, on_change=on_change, id=key),
        rx.el.span(
            rx.el.span(name, class_name="strong"), rx.el.small(f" {says}", class_name="muted")
        ),
        class_name="switch-line",
    )


def _exports() -> rx.Component:
    return rx.cond(
        ReportsState.exports,
        rx.el.ul(rx.foreach(ReportsState.exports, _export), class_name="sessions", id="exports"),
        empty("archive", "No exports", "What you make is listed here for an hour."),
    )


def _export(one: ShownExport) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.flex(
                rx.el.span(one.title, class_name="strong wrap"),
                chip(one.kind, one.status),
                gap="6px 10px",
                align="center",
                wrap="wrap",
            ),
            rx.cond(
                one.is_unfinished,
                rx.el.progress(
                    value=one.percent,
                    max=100,
                    class_name="report-progress",
                    aria_label=f"Export of {one.title}",
                ),
                rx.fragment(),
            ),
            rx.el.small(one.words, class_name="muted figures wrap", aria_live="polite"),
            rx.cond(
                one.is_ready,
                rx.el.small("Stays until ", moment(one.expires_at, "HH:mm"), class_name="muted"),
                rx.fragment(),
            ),
            rx.cond(
                one.problem != "",
                rx.el.small(chip("notice", "Look"), " ", one.problem),
                rx.fragment(),
            ),
        ),
        rx.el.div(
            rx.cond(
                one.is_ready,
                rx.el.a(
                    rx.icon("download", size=16),
                    "Download",
                    href=one.href,
                    class_name="primary-button report-link",
                    custom_attrs={
                        "reloadDocument": True,  # a file of the server's, no page
                        "aria-label": f"Download {one.title}",
                    },
                ),
                rx.fragment(),
            ),
            rx.el.button(
                rx.cond(one.is_unfinished, "Cancel", "Remove"),
                type="button",
                on_click=ReportsState.cancel(one.id),  # type: ignore[operator]
                class_name="plain-button",
                aria_label=rx.cond(one.is_unfinished, f"Cancel {one.title}", f"Remove {one.title}"),
            ),
            class_name="report-links",
        ),
        key=one.id,
    )


def _single() -> rx.Component:
    return rx.fragment(
        rx.box(
            search_box(
                "Search attempts",
                "Candidate, e-mail, exam or code",
                ReportsState.find,
                key="search",
            ),
            class_name="tools report-search",
        ),
        rx.cond(
            ReportsState.search_problem != "",
            rx.el.p(ReportsState.search_problem, role="alert", class_name="form-problem"),
            rx.fragment(),
        ),
        rx.cond(
            ReportsState.attempts,
            rx.el.ul(rx.foreach(ReportsState.attempts, _attempt), class_name="sessions"),
            empty(
                "search-x",
                rx.cond(ReportsState.search != "", "Nothing found", "No attempts yet"),
                rx.cond(
                    ReportsState.search != "",
                    "Look for a part of a name, an e-mail, a title or a code.",
                    "Attempts at exams that you watch appear here.",
                ),
            ),
        ),
    )


def _attempt(one: ShownReportable) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.el.span(one.candidate, class_name="strong wrap"),
            rx.el.small(
                one.words, " · ", moment(one.at, "YYYY-MM-DD HH:mm"), class_name="muted wrap"
            ),
        ),
        report_links(one.id, one.candidate),
        key=one.id,
    )
