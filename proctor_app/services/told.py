"""What a candidate is told of the review of their own attempt: nothing before it is released, and
never who judged."""

from collections.abc import Iterable
from dataclasses import replace

from proctor_app.db import tables
from proctor_app.domain.attempt import VERDICTS, AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.services import views
from proctor_app.services.views import AttemptView, IncidentView


def attempt_for(reader_id: str, row: tables.Attempt) -> AttemptView:
    """The attempt as this reader may know it."""
    found = views.attempt(row)
    if reader_id != row.user_id:
        return found
    if row.released_at is not None:
        return replace(found, judged_by="")
    return replace(
        found,
        status=AttemptStatus(status_told(row)),
        to_review=found.incidents,
        category="",
        judged_by="",
        judged_at=None,
    )


def status_told(row: tables.Attempt) -> str:
    """Where the candidate may know it to stand: a verdict that is not released is none yet."""
    if row.released_at is None and row.status in VERDICTS:
        return AttemptStatus.UNDER_REVIEW.value
    return row.status


def incidents_for(
    reader_id: str, row: tables.Attempt, found: Iterable[IncidentView]
) -> list[IncidentView]:
    """The attempt's incidents as this reader may know them."""
    if reader_id != row.user_id:
        return list(found)
    nobody = [replace(one, acknowledged_by="", proposed="", reviewed_by="") for one in found]
    if row.released_at is not None:
        return nobody
    return [
        replace(one, verdict=Verdict.NOT_REVIEWED, reviewed_at=None, reason="", category="")
        for one in nobody
    ]
