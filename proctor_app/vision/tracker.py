"""Trackers turn samples into incidents. Pure: state and time come in, state and transitions go out.

One tracker per attempt and rule; the state lives with the attempt, never in a model worker.
Duplicated and late samples are ignored, so jitter on the way changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from proctor_app.domain.incident import EventType, Phase, Transition
from proctor_app.vision.observation import Observation
from proctor_app.vision.rules import DEFAULT_RULES, RuleSpec
from proctor_app.vision.signals import UNKNOWN, PictureMemory, Sample, Samples, read

_EPSILON_S = 1e-6
SILENCE_S = 1.5
"""Without an observation for this long, a gap begins to be counted (from the last observation)."""


@dataclass(frozen=True, slots=True)
class RuleState:
    """since_s: when the present episode began; None when idle. is_open: its incident stands.
    below_since_s: when an open episode's score first fell, None while it holds."""

    since_s: float | None = None
    last_positive_s: float = 0.0
    below_since_s: float | None = None
    is_open: bool = False
    peak: float = 0.0
    detail: str = ""


IDLE = RuleState()


@dataclass(frozen=True, slots=True)
class TrackerState:
    """Everything remembered about one attempt's stream. last_s: the newest observation's time."""

    last_s: float
    specs: tuple[RuleSpec, ...] = DEFAULT_RULES
    rules: tuple[RuleState, ...] = ()
    memory: PictureMemory = field(default_factory=PictureMemory)

    def __post_init__(self) -> None:
        if not self.rules:
            object.__setattr__(self, "rules", (IDLE,) * len(self.specs))


Step = tuple[TrackerState, tuple[Transition, ...]]


def observe(
    state: TrackerState, observation: Observation, now_s: float
) -> tuple[TrackerState, tuple[Transition, ...], Samples]:
    """Take one observation in; samples is empty for one that is no newer than the last."""
    if now_s <= state.last_s:
        return state, (), {}
    samples, memory = read(observation, state.memory, now_s)
    stepped, transitions = step(replace(state, memory=memory), samples, now_s)
    return replace(stepped, last_s=now_s), transitions, samples


def tick(state: TrackerState, now_s: float) -> Step:
    """Let time pass without an observation: what can't be seen is let go, a gap opens."""
    if now_s - state.last_s < SILENCE_S:
        return state, ()
    gap = Sample(1.0, since_s=state.last_s)
    return step(state, {EventType.MONITORING_GAP: gap}, now_s)


def step(state: TrackerState, samples: Samples, now_s: float) -> Step:
    """Advance every rule by its sample; a rule without one stays unknown."""
    rules: list[RuleState] = []
    transitions: list[Transition] = []
    for spec, rule in zip(state.specs, state.rules, strict=True):
        sample = samples.get(spec.event_type, UNKNOWN)
        advanced, found = step_rule(spec, rule, sample, now_s)
        rules.append(advanced)
        transitions.extend(found)
    return replace(state, rules=tuple(rules)), tuple(transitions)


def finish(state: TrackerState, now_s: float) -> Step:
    """Close whatever is open because the stream ends here."""
    closed = [
        _transition(spec, rule, Phase.CLOSED, _last_seen_s(spec, rule, now_s))
        for spec, rule in zip(state.specs, state.rules, strict=True)
        if rule.is_open
    ]
    return replace(state, rules=(IDLE,) * len(state.specs)), tuple(closed)


def open_types(state: TrackerState) -> tuple[EventType, ...]:
    """The types of the incidents that stand open now."""
    pairs: Sequence[tuple[RuleSpec, RuleState]] = list(zip(state.specs, state.rules, strict=True))
    return tuple(spec.event_type for spec, rule in pairs if rule.is_open)


def step_rule(
    spec: RuleSpec, rule: RuleState, sample: Sample, now_s: float
) -> tuple[RuleState, tuple[Transition, ...]]:
    """Advance one rule by one sample (hysteresis, hold, release, patience)."""
    if rule.since_s is not None and now_s - rule.last_positive_s > spec.patience_s:
        let_go_s = rule.last_positive_s if rule.below_since_s is None else rule.below_since_s
        # It begins anew, now: an earlier start would overlap the incident that was let go.
        again, opened = _judge(spec, IDLE, replace(sample, since_s=None), now_s)
        return again, _close(spec, rule, let_go_s) + opened
    return _judge(spec, rule, sample, now_s)


def _judge(
    spec: RuleSpec, rule: RuleState, sample: Sample, now_s: float
) -> tuple[RuleState, tuple[Transition, ...]]:
    if sample.score is None:
        return rule, ()
    threshold = spec.enter if rule.since_s is None else spec.exit
    if sample.score >= threshold:
        return _hold(spec, rule, sample, sample.score, now_s)
    if not rule.is_open:
        return IDLE, ()
    below_since_s = now_s if rule.below_since_s is None else rule.below_since_s
    if now_s - below_since_s >= spec.release_s - _EPSILON_S:
        return IDLE, _close(spec, rule, below_since_s)
    return replace(rule, below_since_s=below_since_s), ()


def _hold(
    spec: RuleSpec, rule: RuleState, sample: Sample, score: float, now_s: float
) -> tuple[RuleState, tuple[Transition, ...]]:
    began_s = now_s if sample.since_s is None else sample.since_s
    held = RuleState(
        since_s=began_s if rule.since_s is None else rule.since_s,
        last_positive_s=now_s,
        is_open=rule.is_open,
        peak=max(rule.peak, score),
        detail=sample.detail or rule.detail,
    )
    assert held.since_s is not None
    if held.is_open or now_s - held.since_s < spec.hold_s - _EPSILON_S:
        return held, ()
    held = replace(held, is_open=True)
    return held, (_transition(spec, held, Phase.OPENED, None),)


def _close(spec: RuleSpec, rule: RuleState, end_s: float) -> tuple[Transition, ...]:
    return (_transition(spec, rule, Phase.CLOSED, end_s),) if rule.is_open else ()


def _last_seen_s(spec: RuleSpec, rule: RuleState, now_s: float) -> float:
    if rule.below_since_s is not None:
        return rule.below_since_s
    seen_lately = now_s - rule.last_positive_s <= spec.patience_s
    return now_s if seen_lately else rule.last_positive_s


def _transition(spec: RuleSpec, rule: RuleState, phase: Phase, end_s: float | None) -> Transition:
    assert rule.since_s is not None
    return Transition(
        phase, spec.event_type, spec.severity, rule.since_s, end_s, rule.peak, rule.detail
    )
