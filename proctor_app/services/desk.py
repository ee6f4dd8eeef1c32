"""One attempt as a proctor looks at it: everything its page shows, read in one go."""

import asyncio
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.desk import DeskRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.seb import SebEntries
from proctor_app.db.repositories.tallies import Tallies
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import ExamContent, Level, arranged
from proctor_app.domain.score import WEIGHTS, ScoredIncident, ScoreTerm
from proctor_app.services import scores, views
from proctor_app.services.attempt_access import allow_on_id, not_ones_own, watcher
from proctor_app.services.evidence import EvidenceView, evidence_list
from proctor_app.services.exam_rules import ExamRules, Weights
from proctor_app.services.live import LiveAttempt, LiveStatus
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.seb_door import is_asked
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView, IncidentView

DRAWN = 400
"""Incidents that are handed out at most: the newest."""
_GRAVEST = 100
"""And so many of the gravest, where those are older."""
_GAPS = 200
_SPANS = 200
_OTHERS = 20
_HISTORY = 200
_UNKNOWN = LiveStatus()
_IN_USE = timedelta(minutes=1)
"""How far back the last use of a log-in may be written: see Logins."""
Break = Literal["gap", "interrupted", "paused"]


@dataclass(frozen=True, slots=True)
class Term:
    """What incidents of one type take from the compliance. is_capped: more of them take no more."""

    term: ScoreTerm
    cap: float
    is_capped: bool


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which nothing was monitored; ended_at None: still."""

    kind: Break
    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class QuestionDot:
    number: int
    is_answered: bool
    is_flagged: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class HistoryLine:
    at: datetime
    kind: str
    detail: str


@dataclass(frozen=True, slots=True)
class OtherAttempt:
    """title: None for a free session."""

    attempt: AttemptView
    title: str | None


@dataclass(frozen=True, slots=True)
class Stream:
    """What this process knows of the running stream. frames: analysed so far; late, refused: that
    were not. None as an age: no picture yet, or none any more."""

    status: LiveStatus = _UNKNOWN
    picture_age_s: float | None = None
    frames: int = 0
    late: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class SebSeen:
    """Of an exam in Safe Exam Browser: the last that a log-in of the candidate showed which was in
    use during this attempt. how: by the page, by a header, or empty: none showed it."""

    how: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CandidateView:
    """title: None for a free session. compliance: now, with what open incidents cost so far.
    incidents: not all where there are very many, oldest first. spans: when nothing was monitored,
    oldest first; like the history, not all where there are very many. questions: in the order of
    this attempt. seb: None where any browser will do."""

    now: datetime
    attempt: AttemptView
    candidate: str
    title: str | None
    level: Level
    compliance: float
    terms: tuple[Term, ...]
    incidents: tuple[IncidentView, ...]
    shots: Mapping[int, tuple[EvidenceView, ...]]
    spans: tuple[Span, ...]
    questions: tuple[QuestionDot, ...]
    history: tuple[HistoryLine, ...]
    others: tuple[OtherAttempt, ...]
    stream: Stream
    seb: SebSeen | None = None


class Desk:
    def __init__(
        self,
        database: Database,
        rules: ExamRules,
        versions: Versions,
        monitoring: Monitoring,
        clock: Clock,
    ) -> None:
        self._database = database
        self._rules = rules
        self._versions = versions
        self._monitoring = monitoring
        self._clock = clock

    async def candidate(self, actor: Actor, attempt_id: str) -> CandidateView:
        """Everything about an attempt; for staff of its exam, and never about one's own.

        Raises NotFound, NotAllowed.
        """
        now = self._clock()
        stream = _stream(self._monitoring.live(attempt_id), now)
        return await asyncio.to_thread(self._read, actor, attempt_id, stream, now)

    def _read(self, actor: Actor, attempt_id: str, stream: Stream, now: datetime) -> CandidateView:
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_EVIDENCE, attempt_id)
            not_ones_own(actor, row)
            desk = DeskRows(session)
            candidate, title = desk.head(row)
            rules = self._rules.in_transaction(session, [row])[row.id]
            compliance, terms = self._standing(session, row, rules.weights, now)
            incidents = _incidents(desk, row)
            shots = evidence_list(session, [one.id for one in incidents if one.id is not None])
            lines = [
                HistoryLine(line.at, line.kind, line.detail)
                for line in desk.history(row.id, _HISTORY)
            ]
            return CandidateView(
                now=now,
                attempt=views.attempt(row),
                candidate=candidate,
                title=title,
                level=rules.level,
                compliance=compliance,
                terms=terms,
                incidents=tuple(
                    views.incident(one, len(shots.get(one.id or 0, ())), rules.weights)
                    for one in incidents
                ),
                shots=shots,
                spans=_spans(lines, desk.gaps(row.id, _GAPS), now),
                questions=self._questions(session, desk, row),
                history=tuple(lines),
                others=tuple(
                    OtherAttempt(views.attempt(other), name)
                    for other, name in desk.others(row, _OTHERS, watcher(actor))
                ),
                stream=stream,
                seb=_seb(session, row),
            )

    def _standing(
        self, session: Transaction, row: tables.Attempt, weights: Weights, now: datetime
    ) -> tuple[float, tuple[Term, ...]]:
        totals = Tallies(session).totals([row.id]).get(row.id, [])
        open_now = [_scored(one, weights, now) for one in DeskRows(session).open_now(row.id)]
        found = scores.by_totals(totals, weights, open_now)
        return found.value, tuple(_term(one, weights) for one in found.terms)

    def _questions(
        self, session: Transaction, desk: DeskRows, row: tables.Attempt
    ) -> tuple[QuestionDot, ...]:
        if row.version_id is None:
            return ()
        content: ExamContent = self._versions.content(row.version_id, session)
        given = {one.question_id: one for one in desk.answers(row.id)}
        here = desk.stands_at(row.id) if row.ended_at is None else None
        return tuple(
            QuestionDot(
                number,
                question.id in given and given[question.id].is_answered,
                question.id in given and given[question.id].is_flagged,
                question.id == here,
            )
            for number, question in enumerate(arranged(content, row.seed), 1)
        )


def _seb(session: Transaction, row: tables.Attempt) -> SebSeen | None:
    exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
    if exam is None or not is_asked(exam):
        return None
    since = row.created_at - _IN_USE
    entry = SebEntries(session).newest_of(row.user_id, exam.id, since, row.ended_at)
    return SebSeen(entry.how, entry.checked_at) if entry else SebSeen()


def _term(term: ScoreTerm, weights: Weights) -> Term:
    cap = (weights.get(term.event_type) or WEIGHTS[term.event_type]).cap
    return Term(term, cap, 0 < cap <= term.points_lost)


def _stream(live: LiveAttempt | None, now: datetime) -> Stream:
    if live is None:
        return Stream()
    age_s = (now - live.picture.taken_at).total_seconds() if live.picture else None
    return Stream(live.status, age_s, live.frames, live.late, live.rejected)


def _incidents(desk: DeskRows, row: tables.Attempt) -> list[tables.Incident]:
    newest = desk.newest(row.id, DRAWN)
    found = {one.id: one for one in newest}
    if row.incidents > len(newest):
        found |= {one.id: one for one in desk.gravest(row.id, _GRAVEST)}
    return sorted(found.values(), key=lambda one: (one.opened_at, one.id or 0))


def _scored(row: tables.Incident, weights: Weights, now: datetime) -> ScoredIncident:
    view = views.incident(row, 0, weights)
    lasted_s = max(0.0, view.duration_s(now))
    return ScoredIncident(
        view.event_type, view.confidence, lasted_s, view.verdict, weights.get(view.event_type)
    )


def _spans(
    lines: Iterable[HistoryLine],
    gaps: Iterable[tuple[datetime, datetime | None]],
    now: datetime,
) -> tuple[Span, ...]:
    """Gaps as they were noted, pauses and interruptions from the newest of the attempt's history;
    of very many the longest, which alone could be told apart."""
    found = [Span("gap", began_at, ended_at) for began_at, ended_at in gaps]
    kinds: dict[str, Break] = {"interrupted": "interrupted", "paused": "paused"}
    statuses = {status.value for status in AttemptStatus}
    since: HistoryLine | None = None
    for line in lines:
        if line.kind not in statuses or (since is not None and line.kind == since.kind):
            continue
        if since is not None:
            found.append(Span(kinds[since.kind], since.at, line.at))
        since = line if line.kind in kinds else None
    if since is not None:
        found.append(Span(kinds[since.kind], since.at, None))
    longest = heapq.nlargest(_SPANS, found, lambda span: (span.ended_at or now) - span.began_at)
    return tuple(sorted(longest, key=lambda span: span.began_at))
