"""From rows to what a report says of them: people, incidents, words that were said."""

from collections.abc import Iterable, Mapping, Sequence

from proctor_app.db import tables
from proctor_app.db.repositories.reports import IncidentPlace, ReportRows
from proctor_app.db.session import Transaction
from proctor_app.domain.incident import BROWSER_EVENTS, EventType, Severity, Verdict, event_text
from proctor_app.services import report_data as data
from proctor_app.services.report_data import Who

_SUMMARY = 90
People = Mapping[str, Who]


def people_of(session: Transaction, *ids: Iterable[str]) -> dict[str, Who]:
    """Everybody who is named, by their id; an erased person by the name that stands for one."""
    users = ReportRows(session).people(one for some in ids for one in some)
    return {user.id: Who(user.id, user.name, user.role) for user in users.values()}


def incidents(
    session: Transaction, rows: Sequence[tables.Incident], people: People
) -> tuple[data.IncidentFacts, ...]:
    """The incidents with their pictures, in the order of the rows."""
    pictures = ReportRows(session).pictures(row.id for row in rows if row.id is not None)
    return tuple(_incident(row, pictures.get(row.id or 0, []), people) for row in rows)


def place_after(one: data.IncidentFacts) -> IncidentPlace:
    """Where the incidents that follow this one begin."""
    return IncidentPlace(one.opened_at, one.id)


def _incident(
    row: tables.Incident, pictures: Sequence[tables.Evidence], people: People
) -> data.IncidentFacts:
    kind = EventType(row.event_type)
    lasted_s = (row.closed_at - row.opened_at).total_seconds() if row.closed_at else None
    return data.IncidentFacts(
        id=row.id or 0,
        event_type=kind,
        event=event_text(kind, row.detail),
        detail=row.detail,
        severity=Severity(row.severity),
        source="browser" if kind in BROWSER_EVENTS else "camera",
        detector=row.models or ("the candidate's browser" if kind in BROWSER_EVENTS else ""),
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        duration_s=lasted_s,
        confidence=row.confidence,
        cost=round(row.cost, 2) if row.verdict != Verdict.PASSED else 0.0,
        verdict=Verdict(row.verdict),
        proposed=row.proposed,
        reviewed_by=people.get(row.reviewed_by),
        reviewed_at=row.reviewed_at,
        reason=row.reason,
        category=row.category,
        acknowledged_by=people.get(row.acknowledged_by),
        acknowledged_at=row.acknowledged_at,
        pictures=tuple(_picture(one) for one in pictures),
    )


def _picture(row: tables.Evidence) -> data.PictureFacts:
    return data.PictureFacts(
        row.ordinal, row.moment, row.taken_at, row.sha256, row.size_bytes, bool(row.key)
    )


def review(row: tables.Review, people: People) -> data.ReviewFacts:
    return data.ReviewFacts(
        row.at,
        people.get(row.reviewer_id),
        row.kind,
        row.incident_id,
        row.verdict,
        row.category,
        row.reason,
    )


def appeal(row: tables.Appeal, people: People) -> data.AppealFacts:
    by = people.get(row.answered_by)
    return data.AppealFacts(row.made_at, row.text, row.answer, by, row.answered_at)


def message(row: tables.Message, candidate_id: str, people: People) -> data.MessageFacts:
    is_candidates = row.author_id == candidate_id
    return data.MessageFacts(
        row.sent_at, people.get(row.author_id), is_candidates, row.kind, row.text
    )


def shown_s(rows: Sequence[tables.QuestionView]) -> dict[str, float]:
    """How long each question stood before the candidate, as far as that is known."""
    found: dict[str, float] = {}
    for row in rows:
        if row.left_at is not None:
            lasted_s = max(0.0, (row.left_at - row.entered_at).total_seconds())
            found[row.question_id] = found.get(row.question_id, 0.0) + lasted_s
    return found


def summary(text: str) -> str:
    """The beginning of a question's text, in one line."""
    words = " ".join(text.split())
    return words if len(words) <= _SUMMARY else f"{words[:_SUMMARY].rstrip()} …"
