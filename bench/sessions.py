"""Clips as sessions: the same schedule, signals and rules as on a live stream."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from bench import truth
from bench.counting import rounded
from bench.labels import Item
from bench.truth import Segment
from proctor_app.domain.incident import EventType, Phase, Transition
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.observation import Observation
from proctor_app.vision.profile import Profile
from proctor_app.vision.recording import Recording, watch
from proctor_app.vision.rules import RuleSpec
from proctor_app.vision.tracker import TrackerState, finish, observe

_EDGE_S = 0.15
"""The labels' edges are good to this; what reaches no further over one is beside it."""
_EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True)
class Session:
    """What the models saw of a clip, at the rate and on the schedule of a live stream."""

    item: Item
    observations: tuple[Observation, ...]
    duration_s: float


@dataclass(frozen=True, slots=True)
class Incident:
    """opened_at_s: when it was reported; start_s: when its episode began. Media seconds."""

    event_type: EventType
    start_s: float
    end_s: float
    opened_at_s: float
    confidence: float
    detail: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule over one or more clips. intervals: labelled stretches as long as the rule's hold;
    found: those in which an incident of the type was open; false_alarms: incidents where the
    labels say otherwise; quiet_s: how much time that is; delays_s: from the label's edge to the
    report, for each one found that nothing stood open before."""

    intervals: int = 0
    found: int = 0
    false_alarms: int = 0
    quiet_s: float = 0.0
    delays_s: tuple[float, ...] = ()

    def __add__(self, other: "Outcome") -> "Outcome":
        return Outcome(
            self.intervals + other.intervals,
            self.found + other.found,
            self.false_alarms + other.false_alarms,
            self.quiet_s + other.quiet_s,
            self.delays_s + other.delays_s,
        )

    @property
    def labelled(self) -> bool:
        return bool(self.intervals or self.false_alarms or self.quiet_s)

    def as_json(self) -> dict[str, int | float | None]:
        return {
            "intervals": self.intervals,
            "found": self.found,
            "false_alarms": self.false_alarms,
            "hours": round(self.quiet_s / 3600, 5),
            "delay_s_median": rounded(median(self.delays_s) if self.delays_s else None, 2),
        }


@dataclass(frozen=True, slots=True)
class Mistake:
    """missed: an interval nothing was reported in; otherwise an incident without a cause."""

    file: str
    rule: EventType
    missed: bool
    from_s: float
    to_s: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Outcomes by rule, what went wrong, and incidents of rules nobody labelled."""

    outcomes: Mapping[EventType, Outcome] = field(default_factory=dict)
    mistakes: tuple[Mistake, ...] = ()
    unlabelled: Mapping[EventType, int] = field(default_factory=dict)


def record(item: Item, analyzer: Analyzer, fps: float, profile: Profile) -> Session:
    """Watch a clip once, as a live stream is watched; raises RecordingUnreadable."""
    with Recording(item.path) as recording:
        seen = tuple(look.observation for look in watch(recording, analyzer, fps, profile))
    return Session(item, seen, recording.duration_s)


def shortened(specs: Iterable[RuleSpec], scale: float) -> tuple[RuleSpec, ...]:
    """The rules with shorter holds: measures the signals on shorter events than the shipped
    rules report."""
    return tuple(replace(spec, hold_s=spec.hold_s * scale) for spec in specs)


def incidents(
    session: Session, specs: tuple[RuleSpec, ...], profile: Profile
) -> tuple[Incident, ...]:
    """Run signals and rules over a session, in its own time."""
    opened_at_s: dict[EventType, float] = {}
    found: list[Incident] = []
    for now_s, change in _transitions(session, specs, profile):
        if change.phase is Phase.OPENED:
            opened_at_s[change.event_type] = now_s
            continue
        found.append(
            Incident(
                change.event_type,
                change.start_s,
                now_s if change.end_s is None else change.end_s,
                opened_at_s.pop(change.event_type),
                change.confidence,
                change.detail,
            )
        )
    return tuple(sorted(found, key=lambda one: (one.start_s, one.event_type)))


def tally(sessions: Sequence[Session], specs: tuple[RuleSpec, ...], profile: Profile) -> Tally:
    """Hold what the rules report over all sessions against the labels."""
    outcomes: dict[EventType, Outcome] = {}
    mistakes: list[Mistake] = []
    unlabelled: dict[EventType, int] = {}
    for session in sessions:
        reported = incidents(session, specs, profile)
        for spec in specs:
            own = [one for one in reported if one.event_type is spec.event_type]
            if spec.event_type not in truth.TRUTHS:
                if own:
                    unlabelled[spec.event_type] = unlabelled.get(spec.event_type, 0) + len(own)
                continue
            said = truth.segments(session.item, spec.event_type, session.duration_s)
            outcome, wrong = compare(session.item.file, spec, said, own)
            outcomes[spec.event_type] = outcomes.get(spec.event_type, Outcome()) + outcome
            mistakes.extend(wrong)
    kept = {rule: outcomes[rule] for rule in EventType if rule in outcomes}
    return Tally({r: o for r, o in kept.items() if o.labelled}, tuple(mistakes), unlabelled)


def compare(
    file: str, spec: RuleSpec, said: Sequence[Segment], reported: Sequence[Incident]
) -> tuple[Outcome, list[Mistake]]:
    """Hold one rule's incidents in one clip against its labelled stretches.

    An incident that meets a positive stretch of any length is no false alarm; one that meets
    only unlabelled time is counted nowhere.
    """
    positive = [one for one in said if one.truth]
    negative = [one for one in said if not one.truth]
    wanted = [one for one in positive if one.length_s >= spec.hold_s - _EPSILON_S]
    mistakes: list[Mistake] = []
    delays_s: list[float] = []
    found = 0
    for stretch in wanted:
        meeting = [one for one in reported if _shared_s(stretch, one) > 0]
        if meeting:
            found += 1
            # One that stood open before has no delay of its own.
            first_s = min(one.opened_at_s for one in meeting)
            if first_s >= stretch.from_s:
                delays_s.append(first_s - stretch.from_s)
        else:
            mistakes.append(Mistake(file, spec.event_type, True, stretch.from_s, stretch.to_s))
    for one in reported:
        caused = any(_shared_s(stretch, one) > 0 for stretch in positive)
        if not caused and any(_shared_s(stretch, one) > _EDGE_S for stretch in negative):
            mistakes.append(
                Mistake(file, spec.event_type, False, one.start_s, one.end_s, one.detail)
            )
    outcome = Outcome(
        intervals=len(wanted),
        found=found,
        false_alarms=sum(not mistake.missed for mistake in mistakes),
        quiet_s=sum(one.length_s for one in negative),
        delays_s=tuple(delays_s),
    )
    return outcome, mistakes


def _transitions(
    session: Session, specs: tuple[RuleSpec, ...], profile: Profile
) -> Iterator[tuple[float, Transition]]:
    state = TrackerState(last_s=-1.0, specs=specs, profile=profile)
    for seen in session.observations:
        state, changes, _ = observe(state, seen, seen.taken_at_s)
        yield from ((seen.taken_at_s, change) for change in changes)
    closing = finish(state, session.duration_s)[1]
    yield from ((session.duration_s, change) for change in closing)


def _shared_s(stretch: Segment, incident: Incident) -> float:
    """How long an incident was open within a stretch; the seconds before its report count, for
    an episode begins when it was first seen."""
    return min(stretch.to_s, incident.end_s) - max(stretch.from_s, incident.start_s)
