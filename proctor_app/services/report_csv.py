"""Reports as CSV: an incident a row, formula-safe, as spreadsheets open it at once."""

import csv
import io
import unicodedata
from collections.abc import Iterable
from datetime import datetime

from proctor_app.clock import iso
from proctor_app.services.report_data import AttemptReport, IncidentFacts, Who
from proctor_app.services.report_markup import plain
from proctor_app.services.roster_files import neutralised

BOM = b"\xef\xbb\xbf"
"""By which spreadsheets know UTF-8."""
INCIDENT_COLUMNS = (
    "exam_code", "exam_title", "candidate", "attempt_id", "attempt_number", "incident_id", "event",
    "event_type", "severity", "source", "opened_at", "closed_at", "duration_s", "confidence",
    "cost", "verdict", "category", "reason", "reviewed_by", "reviewed_at", "proposed",
    "acknowledged_by", "detector", "pictures", "picture_sha256",
)  # fmt: skip
ATTEMPT_COLUMNS = (
    "exam_code", "exam_title", "candidate", "email", "attempt_id", "attempt_number", "status",
    "status_reason", "started_at", "ended_at", "took_s", "paused_s", "compliance",
    "face_detection_rate", "incidents", "not_judged", "points", "max_points", "category",
    "decided_by", "decided_at", "released_at", "appeals", "messages",
)  # fmt: skip
_FULL_WIDTH = frozenset("=+-@")
# Within quotes a tab or a semicolon separates nothing, but to a spreadsheet that separates by it.
_SEPARATORS = str.maketrans({";": ",", "\t": " ", "\n": " ", "\r": " "})
Cell = str | int | float | datetime | None


def header(columns: Iterable[str]) -> bytes:
    """The first bytes of a file."""
    return BOM + line(columns)


def line(cells: Iterable[Cell]) -> bytes:
    """One row, ended by CRLF as RFC 4180 has it."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(map(_cell, cells))
    return file.getvalue().encode(errors="replace")


def incident(report: AttemptReport, one: IncidentFacts) -> bytes:
    """The row of an incident."""
    return line(
        (
            report.exam.code if report.exam else "",
            report.exam.title if report.exam else "",
            report.candidate.name,
            report.attempt.id,
            report.attempt.number,
            one.id,
            one.event,
            one.event_type.value,
            one.severity.value,
            one.source,
            one.opened_at,
            one.closed_at,
            one.duration_s,
            one.confidence,
            one.cost,
            one.verdict.value,
            one.category,
            one.reason,
            _name(one.reviewed_by),
            one.reviewed_at,
            one.proposed,
            _name(one.acknowledged_by),
            one.detector,
            len(one.pictures),
            " ".join(picture.sha256 for picture in one.pictures),
        )
    )


def attempt(report: AttemptReport) -> bytes:
    """The row of an attempt."""
    found, exam = report.attempt, report.exam
    return line(
        (
            exam.code if exam else "",
            exam.title if exam else "",
            report.candidate.name,
            report.candidate.email,
            found.id,
            found.number,
            found.status.value,
            found.status_reason,
            found.started_at,
            found.ended_at,
            found.took_s,
            found.paused_s,
            report.compliance.value,
            found.face_rate,
            report.incident_count,
            report.not_judged,
            found.points,
            found.max_points,
            found.category,
            _name(found.decision_by),
            found.decision_at,
            found.released_at,
            len(report.appeals),
            len(report.messages),
        )
    )


def _name(person: Who | None) -> str:
    return person.name if person else ""


def _cell(value: Cell) -> str:
    """Numbers are numbers and times ISO 8601; a text is one line that begins no formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, int | float):
        return f"{value:.10g}"
    text = plain(value).translate(_SEPARATORS).strip()
    if text and unicodedata.normalize("NFKC", text[0]) in _FULL_WIDTH:
        return f"'{text}"
    return neutralised(text)
