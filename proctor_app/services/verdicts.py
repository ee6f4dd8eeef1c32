"""Verdicts, notes and release, each written in one transaction with what follows from it."""

from collections.abc import Iterator
from contextlib import contextmanager

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.appeals import AppealRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.reviews import ReviewRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import ENDINGS, OPEN, VERDICTS, AttemptStatus
from proctor_app.domain.review import (
    MAX_REASON,
    Category,
    Decision,
    ReviewKind,
    decide,
    status_of,
)
from proctor_app.errors import Conflict, NotFound
from proctor_app.services import outbox, scores, views
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.audit import Audit
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.judging import (
    Said,
    allow_judging,
    heard,
    hold,
    reviewers,
    standing_of_attempt,
    standing_of_incident,
)
from proctor_app.services.messages import cleaned
from proctor_app.services.moves import Moves, takes_late
from proctor_app.services.review_reading import review_view
from proctor_app.services.review_views import Judged, ReviewView
from proctor_app.services.views import AttemptView

_MAX_ID = 2**31 - 1


class Verdicts:
    """Writes the database: call it off the event loop."""

    def __init__(
        self, database: Database, moves: Moves, rules: ExamRules, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._moves = moves
        self._rules = rules
        self._audit = audit
        self._clock = clock

    @again
    def judge(
        self, actor: Actor, incident_id: int, verdict: str, reason: str, category: str
    ) -> Judged:
        """See ``Reviews.judge``."""
        allow(actor, Action.WATCH)
        said = heard(verdict, reason, category)
        with self._database.write() as session:
            row, incident = self._incident(session, actor, incident_id)
            before = standing_of_incident(session, incident)
            decided = decide(said[0], reviewers(session, row), before, actor.user_id)
            stood = incident.verdict
            review = self._write(session, actor, incident, said, decided)
            weights = self._rules.weights(session, [row])[row.id]
            compliance = scores.changed(session, row, [incident], weights)
            self.look_at(session, row)
            if incident.verdict != stood or not decided.is_proposed:
                outbox.tell_verdict(session, row, review, decided.verdict, incident)
            self._audit.note(
                session, actor, "incident.judged", "attempt", row.id,
                incident=incident_id, verdict=said[0].value, second=decided.is_second,
                proposed=decided.is_proposed,
            )  # fmt: skip
            pictures = IncidentRows(session).evidence_counts([incident_id]).get(incident_id, 0)
            shown = views.incident(incident, pictures, weights)
            return Judged(shown, views.attempt(row), compliance)

    @again
    def note(self, actor: Actor, attempt_id: str, text: str, incident_id: int | None) -> ReviewView:
        """See ``Reviews.note``."""
        allow(actor, Action.WATCH)
        kept = cleaned(text, "note", MAX_REASON)
        with self.judging(actor, attempt_id) as (session, row):
            rows = ReviewRows(session)
            if incident_id is not None:
                known = _is_key(incident_id) and rows.incident(incident_id)
                if not known or known.attempt_id != row.id:
                    raise _no_incident()
            review = self.review(actor, row.id, ReviewKind.NOTE, "", kept, None, incident_id)
            rows.add(review)
            self._audit.note(session, actor, "review.noted", "attempt", row.id, review=review.id)
            return review_view(review, actor.name)

    @again
    def judge_attempt(
        self, actor: Actor, attempt_id: str, verdict: str, reason: str, category: str
    ) -> AttemptView:
        """See ``Reviews.judge_attempt``."""
        allow(actor, Action.WATCH)
        said = heard(verdict, reason, category, needs_reason=True)
        with self.judging(actor, attempt_id) as (session, row):
            self.must_have_ended(session, row)
            if AppealRows(session).open_of(row.id) is not None:
                raise Conflict("appeal_open", "Answer the appeal: the verdict is given with it.")
            decided = self.give(session, actor, row, said, ReviewKind.ATTEMPT)
            self._audit.note(
                session, actor, "attempt.judged", "attempt", row.id,
                verdict=said[0].value, proposed=decided.is_proposed, second=decided.is_second,
            )  # fmt: skip
            return views.attempt(row)

    @again
    def release(self, actor: Actor, attempt_id: str) -> AttemptView:
        """See ``Reviews.release``."""
        allow(actor, Action.WATCH)
        with self.judging(actor, attempt_id) as (session, row):
            self.must_have_ended(session, row)
            if row.released_at is None:
                row.released_at = self._clock()
                self._audit.note(session, actor, "attempt.released", "attempt", row.id)
            return views.attempt(row)

    @again
    def take_back_release(self, actor: Actor, attempt_id: str) -> AttemptView:
        """See ``Reviews.take_back_release``."""
        allow(actor, Action.WATCH)
        with self.judging(actor, attempt_id) as (session, row):
            if row.released_at is not None:
                row.released_at = None
                self._audit.note(session, actor, "attempt.release_taken_back", "attempt", row.id)
            return views.attempt(row)

    @contextmanager
    def judging(
        self, actor: Actor, attempt_id: str
    ) -> Iterator[tuple[Transaction, tables.Attempt]]:
        """A transaction that holds the attempt's row, if the actor may judge it. Raises NotFound,
        NotAllowed."""
        with self._database.write() as session:
            row = hold(session, attempt_id)
            if row is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            allow_judging(session, actor, row)
            yield session, row

    def give(
        self,
        session: Transaction,
        actor: Actor,
        row: tables.Attempt,
        said: Said,
        kind: ReviewKind,
    ) -> Decision:
        """Write the attempt's own verdict, or that it waits for a second person; the caller holds
        the row of an ended attempt and notes it in the log."""
        before = standing_of_attempt(session, row)
        decided = decide(said[0], reviewers(session, row), before, actor.user_id)
        kind = ReviewKind.PROPOSED if decided.is_proposed else kind
        review = self.review(actor, row.id, kind, said[0].value, said[1], said[2])
        ReviewRows(session).add(review)
        stood = AttemptStatus(row.status) in VERDICTS
        self._move(session, row, AttemptStatus.UNDER_REVIEW)
        if decided.is_proposed and stood:
            outbox.tell_verdict(session, row, review, decided.verdict)
        if not decided.is_proposed:
            self._move(session, row, status_of(said[0]))
            row.category = said[2].value if said[2] else ""
            row.judged_by, row.judged_at = actor.user_id, self._clock()
            outbox.tell_verdict(session, row, review, said[0])
        return decided

    def reopen(self, session: Transaction, row: tables.Attempt) -> None:
        """Put an ended attempt under review; one that is already stays so."""
        stood = AttemptStatus(row.status) in VERDICTS
        self._move(session, row, AttemptStatus.UNDER_REVIEW)
        if stood:
            outbox.tell_reopened(session, row, self._clock())

    def look_at(self, session: Transaction, row: tables.Attempt) -> None:
        """Incidents of the attempt were judged: one that has ended is under review from then on,
        but no sooner than its last answers are in. A verdict that it has stays."""
        if AttemptStatus(row.status) in ENDINGS and not self._takes_late(session, row):
            self.reopen(session, row)

    def review(
        self,
        actor: Actor,
        attempt_id: str,
        kind: ReviewKind,
        verdict: str,
        reason: str,
        category: Category | None = None,
        incident_id: int | None = None,
    ) -> tables.Review:
        """A row that says what somebody said now."""
        return tables.Review(
            attempt_id=attempt_id,
            incident_id=incident_id,
            reviewer_id=actor.user_id,
            kind=kind.value,
            verdict=verdict,
            category=category.value if category else "",
            reason=reason,
            at=self._clock(),
        )

    def must_have_ended(self, session: Transaction, row: tables.Attempt) -> None:
        """Raise Conflict for an attempt that is open, or was given up before it began, or whose
        last answers may still come."""
        if AttemptStatus(row.status) in OPEN or row.status == AttemptStatus.CANCELLED:
            raise Conflict("attempt_not_ended", "The attempt has not ended.")
        if self._takes_late(session, row):
            raise Conflict(
                "attempt_not_ended", "Answers kept offline may still arrive. Wait a moment."
            )

    def _incident(
        self, session: Transaction, actor: Actor, incident_id: int
    ) -> tuple[tables.Attempt, tables.Incident]:
        """The incident and its attempt, whose row is locked. Raises NotFound, NotAllowed."""
        rows = ReviewRows(session)
        attempt_id = rows.attempt_of(incident_id) if _is_key(incident_id) else None
        row = hold(session, attempt_id) if attempt_id else None
        if row is None:
            raise _no_incident()
        allow_judging(session, actor, row)
        incident = rows.incident(incident_id)
        if incident is None:
            raise _no_incident()
        return row, incident

    def _write(
        self,
        session: Transaction,
        actor: Actor,
        incident: tables.Incident,
        said: Said,
        decided: Decision,
    ) -> tables.Review:
        """Keep what was said, and on the incident what stands now."""
        kind = ReviewKind.SECOND if decided.is_second else ReviewKind.FIRST
        review = self.review(
            actor, incident.attempt_id, kind, said[0].value, said[1], said[2], incident.id
        )
        ReviewRows(session).add(review)
        stands = not decided.is_proposed
        incident.verdict = decided.verdict.value
        incident.proposed = "" if stands else said[0].value
        incident.reviewed_by = actor.user_id if stands else ""
        incident.reviewed_at = review.at if stands else None
        incident.reason = said[1] if stands else ""
        incident.category = review.category if stands else ""
        return review

    def _takes_late(self, session: Transaction, row: tables.Attempt) -> bool:
        """Whether answers from before the end may still come; a free session has none."""
        if row.exam_id is None:
            return False
        rules = self._rules.in_transaction(session, [row])[row.id]
        return takes_late(row, rules.grace_s, self._clock())

    def _move(self, session: Transaction, row: tables.Attempt, to: AttemptStatus) -> None:
        """The reason of its end stays beside the attempt: what is said of it stands in reviews."""
        if row.status != to:
            reason = row.status_reason
            self._moves.move(session, row, to, "")
            row.status_reason, row.category = reason, ""
            row.judged_by, row.judged_at = "", None


def _is_key(incident_id: int) -> bool:
    """Whether every database can be asked for it."""
    return 0 < incident_id <= _MAX_ID


def _no_incident() -> NotFound:
    return NotFound("no_incident", "There is no such incident.")
