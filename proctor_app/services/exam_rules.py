"""From an exam's version and a candidate's allowances to what is watched and what it costs."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol

from proctor_app.db import tables
from proctor_app.db.repositories.accommodations import Accommodations
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.browser import DEFAULT_POLICIES, EVENT_OF, Policy, SignalKind
from proctor_app.domain.exam import ExamContent, Level, Preset
from proctor_app.domain.incident import EventType
from proctor_app.domain.score import WEIGHTS, Weight
from proctor_app.errors import NotFound
from proctor_app.services.versions import Versions
from proctor_app.vision.profile import Profile
from proctor_app.vision.rules import DEFAULT_RULES, RuleSpec, tuned

log = logging.getLogger(__name__)
Weights = Mapping[EventType, Weight]
_COST: Mapping[Preset, float] = MappingProxyType(
    {Preset.STRICT: 1.25, Preset.STANDARD: 1.0, Preset.LENIENT: 0.5}
)
_GAP_ALONE = tuple(spec for spec in DEFAULT_RULES if spec.event_type is EventType.MONITORING_GAP)
_FREE_GRACE_S = 60


@dataclass(frozen=True, slots=True)
class Accommodation:
    """What a candidate's roster entry changes; preset None: the exam's own."""

    off: frozenset[EventType] = frozenset()
    preset: Preset | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What one attempt is watched by. off: event types that are not looked for. grace_s: how long
    after the end late claims are taken. is_identified: whether the face may be compared."""

    level: Level = Level.CAMERA
    specs: tuple[RuleSpec, ...] = DEFAULT_RULES
    forbidden: frozenset[str] = frozenset({"book", "laptop"})
    off: frozenset[EventType] = frozenset()
    policies: Mapping[SignalKind, Policy] = field(default_factory=lambda: DEFAULT_POLICIES)
    weights: Weights = field(default_factory=lambda: WEIGHTS)
    grace_s: int = _FREE_GRACE_S
    is_identified: bool = True

    def profile(self, known: Profile) -> Profile:
        """What vision may know of the candidate, with what this exam asks for."""
        enrolled = known.enrolled if self.is_identified else ()
        return replace(known, enrolled=enrolled, forbidden=self.forbidden, off=self.off)


class Sat(Protocol):
    """What is asked of an attempt here: a row of its table, or something lighter."""

    @property
    def id(self) -> str: ...
    @property
    def user_id(self) -> str: ...
    @property
    def exam_id(self) -> str | None: ...
    @property
    def version_id(self) -> str | None: ...


FREE = Rules()
"""A session without an exam."""


def rules(content: ExamContent, allowed: Accommodation = Accommodation()) -> Rules:
    """What an exam's version asks for, with one candidate's accommodations."""
    preset = allowed.preset or content.preset
    off = allowed.off | {kind for kind, change in content.rules.items() if not change.is_on}
    if not content.identity_check:
        off |= {EventType.IDENTITY_MISMATCH}
    if not content.forbidden:
        off |= {EventType.FORBIDDEN_OBJECT}
    off -= {EventType.MONITORING_GAP}
    return Rules(
        level=content.level,
        specs=_specs(content, preset, frozenset(off)),
        forbidden=frozenset(content.forbidden),
        off=frozenset(off),
        policies=_policies(content, frozenset(off)),
        weights=weights(content, preset),
        grace_s=content.grace_s,
        is_identified=content.identity_check,
    )


def weights(content: ExamContent, preset: Preset) -> Weights:
    """What incidents cost in this exam. Points of its own are taken as they are; the most that a
    type may cost together grows and shrinks with what one costs."""
    found: dict[EventType, Weight] = {}
    for event_type, weight in WEIGHTS.items():
        change = content.rules.get(event_type)
        factor = _COST[preset]
        if change is not None and change.points is not None:
            points = max(0.0, change.points)
            factor = points / weight.points if weight.points else 1.0
            cap = weight.cap * factor if weight.points else 3 * points
            found[event_type] = Weight(points, weight.reference_s, cap)
        else:
            found[event_type] = Weight(
                weight.points * factor, weight.reference_s, weight.cap * factor
            )
    return found


def accommodation(entry: tables.RosterEntry | None) -> Accommodation:
    """What a roster's entry allows; words that are none of ours are passed over."""
    if entry is None:
        return Accommodation()
    names = {name.strip() for name in entry.detectors_off.split(",")}
    off = frozenset(kind for kind in EventType if kind.value in names)
    preset = next((one for one in Preset if one.value == entry.preset), None)
    return Accommodation(off, preset)


class ExamRules:
    def __init__(self, database: Database, versions: Versions) -> None:
        self._database = database
        self._versions = versions

    def of(self, attempt_id: str) -> Rules:
        """What an attempt is watched by; a free session by the standard. Raises NotFound."""
        with self._database.read() as session:
            row = AttemptRows(session).by_id(attempt_id)
            if row is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            entry = Roster(session).entry_for(row.exam_id, row.user_id) if row.exam_id else None
            return self._of(session, row, accommodation(entry))

    def in_transaction(self, session: Transaction, attempts: Sequence[Sat]) -> dict[str, Rules]:
        """What each of these attempts is watched by, by its id."""
        allowed = self._allowed(session, attempts)
        return {row.id: self._of(session, row, allowed[row.id]) for row in attempts}

    def weights(self, session: Transaction, attempts: Sequence[Sat]) -> dict[str, Weights]:
        """What incidents cost in each of these attempts, by its id; worked out once for all that
        sit the same version by the same preset."""
        allowed = self._allowed(session, attempts)
        known: dict[tuple[str | None, Preset | None], Weights] = {}
        found: dict[str, Weights] = {}
        for row in attempts:
            key = (row.version_id, allowed[row.id].preset)
            if key not in known:
                known[key] = self._of(session, row, allowed[row.id]).weights
            found[row.id] = known[key]
        return found

    def _allowed(self, session: Transaction, attempts: Sequence[Sat]) -> dict[str, Accommodation]:
        exams = {row.exam_id for row in attempts if row.exam_id}
        users = {row.user_id for row in attempts if row.exam_id}
        entries = Accommodations(session).of(exams, users)
        return {
            row.id: accommodation(entries.get((row.exam_id or "", row.user_id))) for row in attempts
        }

    def _of(self, session: Transaction, row: Sat, allowed: Accommodation) -> Rules:
        if row.version_id is None:
            return FREE
        try:
            return rules(self._versions.content(row.version_id, session), allowed)
        except NotFound:
            log.warning("rules.no_version attempt_id=%s version_id=%s", row.id, row.version_id)
            return FREE


def _specs(content: ExamContent, preset: Preset, off: frozenset[EventType]) -> tuple[RuleSpec, ...]:
    """Of a page alone, only its silence is a rule; of nothing at all, not even that."""
    match content.level:
        case Level.NONE:
            return ()
        case Level.BROWSER:
            return _GAP_ALONE
        case Level.CAMERA:
            return tuple(s for s in tuned(preset, content.rules) if s.event_type not in off)


def _policies(content: ExamContent, off: frozenset[EventType]) -> Mapping[SignalKind, Policy]:
    """Every kind with its policy: kinds that the exam does not name keep the usual one."""
    named = {**DEFAULT_POLICIES, **content.signals}
    for kind, event_type in EVENT_OF.items():
        if event_type in off or content.level is Level.NONE:
            named[kind] = Policy.IGNORE
    return named
