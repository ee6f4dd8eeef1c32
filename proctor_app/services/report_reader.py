"""Reads what a report says from the rows of one attempt."""

from collections.abc import Iterable, Sequence

from proctor_app import __version__
from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.reports import ReportRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.repositories.tallies import Tallies
from proctor_app.db.session import Transaction
from proctor_app.domain.access import Actor
from proctor_app.domain.exam import ExamContent, Level, Preset, arranged
from proctor_app.domain.incident import (
    event_text,
)
from proctor_app.domain.score import WEIGHTS
from proctor_app.errors import NotFound
from proctor_app.services import paper, scores, views
from proctor_app.services import report_data as data
from proctor_app.services import report_facts as facts
from proctor_app.services.exam_rules import ExamRules, Rules
from proctor_app.services.exam_rules import accommodation as allowed_by
from proctor_app.services.report_facts import People
from proctor_app.services.versions import Versions

MAX_INCIDENTS = 2_000
"""In one document; CSV has them all."""
_MOST = 1_000
"""Of reviews, messages and events in one document."""
_MOST_VIEWS = 20_000


class Reader:
    """Authorised by its callers; works within their transactions."""

    def __init__(self, versions: Versions, rules: ExamRules, clock: Clock) -> None:
        self._versions = versions
        self._rules = rules
        self._clock = clock

    def read(self, session: Transaction, actor: Actor, row: tables.Attempt) -> data.AttemptReport:
        """The report on one attempt, as of now, made by the actor."""
        rows = ReportRows(session)
        found = rows.incidents(row.id, None, MAX_INCIDENTS)
        reviews, appeals = rows.reviews(row.id, _MOST), rows.appeals(row.id, _MOST)
        messages, events = rows.messages(row.id, _MOST), rows.events(row.id, _MOST)
        answers = AnswerRows(session).of(row.id)
        people = facts.people_of(
            session,
            [row.user_id, row.judged_by, actor.user_id],
            (one for incident in found for one in (incident.reviewed_by, incident.acknowledged_by)),
            (review.reviewer_id for review in reviews),
            (appeal.answered_by for appeal in appeals),
            (message.author_id for message in messages),
            (answer.marked_by for answer in answers),
        )
        rules = self._rules.in_transaction(session, [row])[row.id]
        content, entry = self._content(session, row), _entry(session, row)
        return data.AttemptReport(
            format=data.FORMAT,
            statement=data.STATEMENT,
            made=data.Making(self._clock(), people[actor.user_id], __version__),
            exam=_exam(session, row, content),
            candidate=_candidate(session, row),
            attempt=_attempt(row, events, people),
            watched=_watched(rules, content, entry),
            accommodation=_accommodation(entry),
            compliance=_compliance(session, row, rules),
            incident_count=row.incidents,
            not_judged=row.to_review,
            incidents=facts.incidents(session, found, people),
            reviews=tuple(facts.review(one, people) for one in reviews),
            appeals=tuple(facts.appeal(one, people) for one in appeals),
            messages=tuple(facts.message(one, row.user_id, people) for one in messages),
            history=tuple(data.EventFacts(one.at, one.kind, one.detail) for one in events),
            answers=self._answers(session, row, content, answers, people),
            signals=tuple(
                data.SignalFacts(one.kind, one.count, one.first_at, one.last_at)
                for one in rows.signals(row.id)
            ),
        )

    def _content(self, session: Transaction, row: tables.Attempt) -> ExamContent | None:
        if row.version_id is None:
            return None
        try:
            return self._versions.content(row.version_id, session)
        except NotFound:
            return None

    def _answers(
        self,
        session: Transaction,
        row: tables.Attempt,
        content: ExamContent | None,
        answers: Sequence[tables.Answer],
        people: People,
    ) -> tuple[data.AnswerFacts, ...]:
        if content is None:
            return ()
        given = {answer.question_id: answer for answer in answers}
        shown_s = facts.shown_s(ReportRows(session).views(row.id, _MOST_VIEWS))
        found: list[data.AnswerFacts] = []
        for number, question in enumerate(arranged(content, row.seed), 1):
            answer = given.get(question.id)
            is_answered = answer is not None and bool(paper.read(answer.value, question))
            found.append(
                data.AnswerFacts(
                    question_id=question.id,
                    number=number,
                    kind=question.kind,
                    text=facts.summary(question.text),
                    is_answered=is_answered,
                    saved_at=answer.saved_at if answer else None,
                    points=answer.points if answer else None,
                    max_points=question.points,
                    marked_by=people.get(answer.marked_by) if answer else None,
                    shown_s=shown_s.get(question.id),
                )
            )
        return tuple(found)


def _entry(session: Transaction, row: tables.Attempt) -> tables.RosterEntry | None:
    return Roster(session).entry_for(row.exam_id, row.user_id) if row.exam_id else None


def _exam(
    session: Transaction, row: tables.Attempt, content: ExamContent | None
) -> data.ExamFacts | None:
    exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
    if exam is None:
        return None
    return data.ExamFacts(
        id=exam.id,
        code=exam.code,
        title=content.title if content else exam.title,
        version=ReportRows(session).version_number(row.version_id) if row.version_id else None,
        time_zone=exam.time_zone,
        opens_at=exam.opens_at,
        closes_at=exam.closes_at,
    )


def _candidate(session: Transaction, row: tables.Attempt) -> data.Candidate:
    user = ReportRows(session).people([row.user_id])[row.user_id]
    is_erased = user.erased_at is not None
    return data.Candidate(user.id, user.name, "" if is_erased else user.email, is_erased)


def _attempt(
    row: tables.Attempt, events: Sequence[tables.AttemptEvent], people: People
) -> data.AttemptFacts:
    view = views.attempt(row)
    took_s = None
    if row.started_at is not None and row.ended_at is not None:
        took_s = max(0.0, (row.ended_at - row.started_at).total_seconds() - row.paused_s)
    return data.AttemptFacts(
        id=row.id,
        number=row.number,
        status=view.status,
        status_reason=row.status_reason,
        created_at=row.created_at,
        consented_at=row.consented_at,
        notice_version=row.notice_version,
        started_at=row.started_at,
        ended_at=row.ended_at,
        duration_minutes=row.duration_minutes,
        took_s=took_s,
        paused_s=row.paused_s,
        pauses=tuple(_pauses(events)),
        monitored_s=row.monitored_s,
        face_rate=view.face_detection_rate,
        points=row.points,
        max_points=row.max_points,
        marked_at=row.marked_at,
        released_at=row.released_at,
        category=row.category,
        decision_by=people.get(row.judged_by),
        decision_at=row.judged_at,
    )


def _pauses(events: Sequence[tables.AttemptEvent]) -> Iterable[data.Pause]:
    """From the history: a pause ends with the next status."""
    begun: tables.AttemptEvent | None = None
    for event in events:
        if event.kind == "paused":
            begun = begun or event
        elif begun is not None and event.kind in ("running", *_ENDS):
            yield data.Pause(begun.at, event.at, begun.detail)
            begun = None
    if begun is not None:
        yield data.Pause(begun.at, None, begun.detail)


_ENDS = ("submitted", "timed_out", "terminated")


def _watched(
    rules: Rules, content: ExamContent | None, entry: tables.RosterEntry | None
) -> data.Watched:
    usual = content.preset if content else Preset.STANDARD
    return data.Watched(
        level=rules.level if content else Level.CAMERA,
        preset=allowed_by(entry).preset or usual,
        off=tuple(sorted(rules.off)),
        forbidden=tuple(sorted(rules.forbidden)),
        identity_check=rules.is_identified,
        grace_s=rules.grace_s,
    )


def _accommodation(entry: tables.RosterEntry | None) -> data.Accommodation | None:
    if entry is None:
        return None
    allowed = allowed_by(entry)
    found = data.Accommodation(
        entry.extra_minutes, entry.may_pause, tuple(sorted(allowed.off)), allowed.preset
    )
    return None if found == data.Accommodation(0, False, (), None) else found


def _compliance(session: Transaction, row: tables.Attempt, rules: Rules) -> data.ComplianceFacts:
    totals = Tallies(session).totals([row.id]).get(row.id, [])
    found = scores.by_totals(totals, rules.weights)
    terms = tuple(
        data.Term(
            term.event_type,
            event_text(term.event_type, ""),
            term.count,
            term.points_lost,
            round((rules.weights.get(term.event_type) or WEIGHTS[term.event_type]).cap, 2),
        )
        for term in found.terms
    )
    return data.ComplianceFacts(found.value, terms)
