"""How long each question stood before the candidate, by what their page tells of it.

A page that is there is believed by the server's clock. What it kept while offline comes later: then
only the time between two events of its own is believed, counted on from the newest event that came
at once.
"""

from collections.abc import Sequence
from datetime import datetime

from proctor_app.db import tables
from proctor_app.db.repositories.question_views import QuestionViews
from proctor_app.db.session import Transaction
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.browser import SignalKind
from proctor_app.services.claims import Claim
from proctor_app.services.versions import Versions

_MOST = 1000
"""Views of one attempt that are kept. Nobody who reads questions comes near, only who floods."""
NAMED_BY = "question"
"""The key of a claim's detail that holds the question's id; "" for none."""


class QuestionTimes:
    """Works within the caller's transaction, who holds the attempt's row."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    def keep(
        self, session: Transaction, row: tables.Attempt, fresh: Sequence[Claim], now: datetime
    ) -> None:
        """Write the views that these new claims tell of. Ids that are no question of the attempt's
        are passed over; while it is paused no question is shown."""
        told = [claim for claim in fresh if claim.kind == SignalKind.QUESTION]
        if not told or row.version_id is None or row.status == AttemptStatus.PAUSED:
            return
        content = self._versions.content(row.version_id, session)
        views = QuestionViews(session)
        anchor = views.anchor(row.id) if any(claim.is_late for claim in told) else None
        for claim in _lasting(told):
            question_id = claim.detail.get(NAMED_BY)
            if question_id == "":
                views.leave(row.id, self._time(row, claim, anchor, now))
            elif isinstance(question_id, str) and content.question(question_id) is not None:
                at = self._time(row, claim, anchor, now)
                _enter(views, row, question_id, at)

    def _time(
        self,
        row: tables.Attempt,
        claim: Claim,
        anchor: tuple[datetime, datetime] | None,
        now: datetime,
    ) -> datetime:
        """When it was by the server's clock, within the attempt's time."""
        at = now
        if claim.is_late and claim.claimed_at is not None and anchor is not None:
            claimed_at, received_at = anchor
            at = received_at + (claim.claimed_at - claimed_at)
        return max(min(at, now, row.ended_at or now), row.started_at or row.created_at)


def _lasting(told: Sequence[Claim]) -> list[Claim]:
    """Without those that came at once with a later one: by the server's clock they took no time."""
    at_once = [claim for claim in told if not claim.is_late]
    return [claim for claim in told if claim.is_late or claim is at_once[-1]]


def _enter(views: QuestionViews, row: tables.Attempt, question_id: str, at: datetime) -> None:
    """The question stands before the candidate from then on, in the place of the one before. One
    that stood there for no time at all leaves no view."""
    before = views.newest(row.id)
    if before is not None:
        at = max(at, before.entered_at)
        is_there = before.left_at is None or before.left_at > at
        if is_there and before.question_id == question_id:
            return
        if before.entered_at == at:
            before.question_id, before.left_at = question_id, row.ended_at
            return
        if is_there:
            before.left_at = at
        if views.count(row.id) >= _MOST:
            return
    views.add(
        tables.QuestionView(
            attempt_id=row.id, question_id=question_id, entered_at=at, left_at=row.ended_at
        )
    )
