"""What a reviewer reads: the queue, and one attempt with its incidents and what was said of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_app.db import tables
from proctor_app.db.repositories.appeals import AppealRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.review_queue import Queued, QueuePlace, QueueQuery, ReviewQueue
from proctor_app.db.repositories.reviews import ReviewRows
from proctor_app.db.repositories.tallies import Tallies, TypeTotal
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.incident import EventType, Verdict
from proctor_app.domain.review import QueueKind, QueueSort, ReviewKind
from proctor_app.errors import Invalid
from proctor_app.services import scores, views
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import (
    allow_on_exam,
    allow_on_id,
    not_ones_own,
    watcher,
)
from proctor_app.services.cursors import Cursors
from proctor_app.services.evidence import EvidenceView, evidence_list
from proctor_app.services.exam_rules import ExamRules, Weights
from proctor_app.services.review_views import (
    AppealView,
    QueuedAttempt,
    QueueFilter,
    QueuePage,
    ReviewIncident,
    ReviewSitting,
    ReviewView,
)
from proctor_app.services.rule_quality import RuleQuality, rule_quality

MAX_LIMIT = 100
_INCIDENTS = 300
_REVIEWS = 2000
_CURSOR = "review"


@dataclass(frozen=True, slots=True)
class _Read:
    """What all incidents of a sitting are shown with."""

    totals: Sequence[TypeTotal]
    weights: Weights
    evidence: Mapping[int, tuple[EvidenceView, ...]]
    reviews: Sequence[ReviewView]
    quality: Mapping[EventType, RuleQuality]


class ReviewReading:
    """Reads the database: call it off the event loop."""

    def __init__(self, database: Database, rules: ExamRules, cursors: Cursors) -> None:
        self._database = database
        self._rules = rules
        self._cursors = cursors

    def queue(self, actor: Actor, wanted: QueueFilter, limit: int, cursor: str) -> QueuePage:
        """See ``Reviews.queue``."""
        allow(actor, Action.WATCH)
        kind, sort = _kind(wanted.kind), _sort(wanted.sort)
        limit = max(1, min(limit, MAX_LIMIT))
        list_name = f"{_CURSOR}:{sort}:{kind}:{wanted.exam_id}"
        start = self._start(list_name, cursor) if cursor else None
        with self._database.read() as session:
            if wanted.exam_id:
                allow_on_exam(session, actor, wanted.exam_id)
            rows = ReviewQueue(session)
            asked = QueueQuery(kind, actor.user_id, wanted.exam_id, watcher(actor), sort)
            found = rows.page(asked, start, limit + 1)
            is_more, found = len(found) > limit, found[:limit]
            ids = [row.id for row, _, _ in found]
            appealed, second = rows.appealed(ids), rows.second_wanted(ids)
        items = tuple(
            QueuedAttempt(
                views.attempt(row), name, title or "", row.id in appealed, second.get(row.id, 0)
            )
            for row, name, title in found
        )
        return QueuePage(items, self._cursor(list_name, found[-1]) if is_more else "")

    def sitting(self, actor: Actor, attempt_id: str) -> ReviewSitting:
        """See ``Reviews.sitting``."""
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_EVIDENCE, attempt_id)
            not_ones_own(actor, row)
            exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
            candidate = Users(session).by_id(row.user_id)
            incidents = ReviewRows(session).to_judge(attempt_id, _INCIDENTS)
            read = self._read(session, row, incidents)
            appeals = tuple(appeal_view(*one) for one in AppealRows(session).of(attempt_id))
            last = ReviewRows(session).last_of_attempt(attempt_id)
        of_attempt = [one for one in read.reviews if one.incident_id is None]
        is_proposed = last is not None and last.kind == ReviewKind.PROPOSED
        return ReviewSitting(
            attempt=views.attempt(row),
            candidate=candidate.name if candidate else "",
            title=exam.title if exam else "",
            compliance=scores.by_totals(read.totals, read.weights),
            incidents=tuple(_incident(one, read) for one in incidents),
            notes=tuple(one for one in of_attempt if one.kind is ReviewKind.NOTE),
            appeals=appeals,
            history=tuple(one for one in of_attempt if one.kind is not ReviewKind.NOTE),
            proposal=next(
                (o for o in of_attempt if last and is_proposed and o.id == last.id), None
            ),
            reviewers_wanted=exam.reviewers if exam else 1,
            is_released=row.released_at is not None,
        )

    def _read(
        self, session: Transaction, row: tables.Attempt, incidents: Sequence[tables.Incident]
    ) -> _Read:
        ids = [one.id for one in incidents if one.id is not None]
        rows = ReviewRows(session)
        said = rows.of(row.id, ids, _REVIEWS)
        kinds = {EventType(one.event_type) for one in incidents}
        return _Read(
            totals=Tallies(session).totals([row.id]).get(row.id, []),
            weights=self._rules.weights(session, [row])[row.id],
            evidence=evidence_list(session, ids),
            reviews=[review_view(one, name) for one, name in said],
            quality=rule_quality(session, row.exam_id, kinds),
        )

    def _start(self, list_name: str, cursor: str) -> QueuePlace:
        risk, since, attempt_id = self._cursors.open(list_name, cursor, 3)
        return QueuePlace(float(risk), datetime.fromisoformat(since), attempt_id)

    def _cursor(self, list_name: str, last: Queued) -> str:
        row = last[0]
        place = [str(row.review_risk), str(row.waits_since), row.id]
        return self._cursors.seal(list_name, place)


def review_view(row: tables.Review, reviewer: str) -> ReviewView:
    kind = ReviewKind(row.kind)
    return ReviewView(
        id=row.id or 0,
        kind=kind,
        incident_id=row.incident_id,
        verdict=None if kind is ReviewKind.NOTE else Verdict(row.verdict),
        category=row.category,
        reason=row.reason,
        reviewer_id=row.reviewer_id,
        reviewer=reviewer,
        bulk_id=row.bulk_id or "",
        at=row.at,
    )


def appeal_view(row: tables.Appeal, answered_by: str) -> AppealView:
    return AppealView(row.id or 0, row.text, row.made_at, row.answer, answered_by, row.answered_at)


def _incident(row: tables.Incident, read: _Read) -> ReviewIncident:
    assert row.id is not None
    kept = read.evidence.get(row.id, ())
    kind = EventType(row.event_type)
    return ReviewIncident(
        incident=views.incident(row, len(kept), read.weights),
        evidence=kept,
        compliance_without=scores.by_totals(_without(read.totals, row), read.weights).value,
        reviews=tuple(one for one in read.reviews if one.incident_id == row.id),
        quality=read.quality.get(kind),
    )


def _without(totals: Sequence[TypeTotal], row: tables.Incident) -> list[TypeTotal]:
    """The sums as if this incident were dismissed."""
    if row.verdict == Verdict.PASSED:
        return list(totals)
    return [
        replace(one, cost=max(0.0, one.cost - row.cost))
        if one.event_type == row.event_type
        else one
        for one in totals
    ]


def _kind(word: str) -> QueueKind:
    word = "" if word == "all" else word
    if word not in set(QueueKind):
        known = ", ".join(kind.value for kind in QueueKind if kind)
        raise Invalid("queue_unknown", f"An attempt waits for {known}.")
    return QueueKind(word)


def _sort(word: str) -> QueueSort:
    if word not in set(QueueSort):
        raise Invalid("sort_unknown", f"The queue is sorted by {' or '.join(QueueSort)}.")
    return QueueSort(word)
