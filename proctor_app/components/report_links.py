"""The ways to a report on one attempt, in every format."""

import reflex as rx

_FORMATS = (
    ("pdf", "PDF", "file-text", True),
    ("html", "Page", "globe", True),
    ("csv", "CSV", "table", False),
    ("json", "JSON", "braces", False),
)


def report_links(attempt_id: str, whose: str = "", label: str = "Report") -> rx.Component:
    """Links to the report on an attempt; whose: the candidate's name, for those who can't see what
    stands beside. A page and a PDF open beside this page, the others are saved."""
    of = rx.cond(whose != "", f" of {whose}", "")
    return rx.el.div(
        rx.el.span(label, class_name="muted"),
        *(_link(attempt_id, of, *one) for one in _FORMATS),
        class_name="report-links",
        role="group",
        aria_label=f"{label}{of}",
    )


def _link(
    attempt_id: str, of: str, kind: str, words: str, icon: str, is_shown: bool
) -> rx.Component:
    look = {"target": "_blank", "rel": "noopener"} if is_shown else {}
    return rx.el.a(
        rx.icon(icon, size=14),
        words,
        href=f"/api/v1/attempts/{attempt_id}/report?format={kind}",
        class_name="plain-button report-link",
        custom_attrs={
            "reloadDocument": True,  # a file of the server's, no page
            "aria-label": f"{words}, report{of}",
            **look,
        },
    )
