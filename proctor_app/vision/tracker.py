"""Trackers turn samples into incidents. Pure: state and time come in, state and transitions go out.

One tracker per attempt and rule; the state lives with the attempt, never in a model worker.
Duplicated and late samples are ignored, so jitter on the way changes nothing.
"""

from dataclasses import dataclass, field, replace

from proctor_app.domain.incident import EventType, Transition
from proctor_app.vision import episode
from proctor_app.vision.episode import IDLE, RuleState
from proctor_app.vision.observation import Observation
from proctor_app.vision.profile import ANYBODY, Profile
from proctor_app.vision.rules import DEFAULT_RULES, RuleSpec
from proctor_app.vision.schedule import Wishes
from proctor_app.vision.signals import UNKNOWN, Memory, Sample, Samples, read
from proctor_app.vision.signals import wishes as signals_wishes

SILENCE_S = 1.5
"""Without an observation for this long, a gap begins to be counted (from the last observation)."""


@dataclass(frozen=True, slots=True)
class TrackerState:
    """Everything remembered about one attempt's stream. last_s: the newest observation's time."""

    last_s: float
    specs: tuple[RuleSpec, ...] = DEFAULT_RULES
    profile: Profile = ANYBODY
    rules: tuple[RuleState, ...] = ()
    memory: Memory = field(default_factory=Memory)

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
    samples, memory = read(observation, state.memory, state.profile, now_s)
    stepped, transitions = step(replace(state, memory=memory), samples, now_s)
    return replace(stepped, last_s=now_s), transitions, samples


def wishes(state: TrackerState, now_s: float) -> Wishes:
    """Say which detectors this stream wants ahead of their turn, and which nobody needs."""
    return signals_wishes(state.memory, state.profile, now_s)


def tick(state: TrackerState, now_s: float) -> Step:
    """Let time pass without an observation: what can't be seen is let go, a gap opens."""
    if now_s - state.last_s < SILENCE_S:
        return state, ()
    gap = Sample(1.0, since_s=state.last_s)
    return step(state, {EventType.MONITORING_GAP: gap}, now_s)


def beat(state: TrackerState, now_s: float) -> Step:
    """Somebody is there, though nothing is looked at: an exam without a camera."""
    if now_s <= state.last_s:
        return state, ()
    stepped, transitions = step(state, {EventType.MONITORING_GAP: Sample(0.0)}, now_s)
    return replace(stepped, last_s=now_s), transitions


def step(state: TrackerState, samples: Samples, now_s: float) -> Step:
    """Advance every rule by its sample; a rule without one stays unknown."""
    rules: list[RuleState] = []
    transitions: list[Transition] = []
    for spec, rule in zip(state.specs, state.rules, strict=True):
        sample = samples.get(spec.event_type, UNKNOWN)
        advanced, found = episode.advance(spec, rule, sample, now_s)
        rules.append(advanced)
        transitions.extend(found)
    return replace(state, rules=tuple(rules)), tuple(transitions)


def finish(state: TrackerState, now_s: float) -> Step:
    """Close whatever is open because the stream ends here."""
    pairs = zip(state.specs, state.rules, strict=True)
    closed = [found for spec, rule in pairs for found in episode.finish(spec, rule, now_s)]
    return replace(state, rules=(IDLE,) * len(state.specs)), tuple(closed)


def open_types(state: TrackerState) -> tuple[EventType, ...]:
    """The types of the incidents that stand open now."""
    pairs = zip(state.specs, state.rules, strict=True)
    return tuple(spec.event_type for spec, rule in pairs if rule.is_open)
