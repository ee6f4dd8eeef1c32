"""One rule's episodes: hysteresis, hold, release, median, cooldown, patience. Pure."""

from dataclasses import dataclass, replace
from statistics import median_low

from proctor_app.domain.incident import Phase, Transition
from proctor_app.vision.rules import RuleSpec
from proctor_app.vision.signals.sample import Sample

_EPSILON_S = 1e-6


@dataclass(frozen=True, slots=True)
class RuleState:
    """since_s: when the present episode began; None when idle. is_open: its incident stands.
    below_since_s: when an open episode's score first fell, None while it holds. recent: the
    (time, score) pairs of the median's window. quiet_until_s: the end of the cooldown."""

    since_s: float | None = None
    last_positive_s: float = 0.0
    below_since_s: float | None = None
    is_open: bool = False
    peak: float = 0.0
    detail: str = ""
    recent: tuple[tuple[float, float], ...] = ()
    quiet_until_s: float = float("-inf")


IDLE = RuleState()
Advance = tuple[RuleState, tuple[Transition, ...]]


def advance(spec: RuleSpec, rule: RuleState, sample: Sample, now_s: float) -> Advance:
    """Advance one rule by one sample; unknown neither opens nor prolongs anything."""
    if rule.since_s is not None and now_s - rule.last_positive_s > spec.patience_s:
        let_go_s = rule.last_positive_s if rule.below_since_s is None else rule.below_since_s
        idle, closed = _end(spec, rule, let_go_s)
        # It begins anew, now: an earlier start would overlap the incident that was let go.
        fresh = replace(idle, recent=())
        again, opened = _judge(spec, fresh, replace(sample, since_s=None), now_s)
        return again, closed + opened
    return _judge(spec, rule, sample, now_s)


def finish(spec: RuleSpec, rule: RuleState, now_s: float) -> tuple[Transition, ...]:
    """Close what is open because the stream ends here."""
    if rule.below_since_s is not None:
        return _end(spec, rule, rule.below_since_s)[1]
    seen_lately = now_s - rule.last_positive_s <= spec.patience_s
    return _end(spec, rule, now_s if seen_lately else rule.last_positive_s)[1]


def _judge(spec: RuleSpec, rule: RuleState, sample: Sample, now_s: float) -> Advance:
    if sample.score is None:
        return rule, ()
    rule = _remember(spec, rule, sample.score, now_s)
    score = median_low(score for _, score in rule.recent)
    threshold = spec.enter if rule.since_s is None else spec.exit
    if score >= threshold:
        return _hold(spec, rule, sample, score, now_s)
    if not rule.is_open:
        return _idle(rule), ()
    below_since_s = rule.below_since_s
    if below_since_s is None:
        # The median fell now; the score itself fell after its last time at the threshold.
        held_s = max((t for t, one in rule.recent if one >= threshold), default=float("-inf"))
        below_since_s = min((t for t, _ in rule.recent if t > held_s), default=now_s)
    if now_s - below_since_s >= spec.release_s - _EPSILON_S:
        return _end(spec, rule, below_since_s)
    return replace(rule, below_since_s=below_since_s), ()


def _remember(spec: RuleSpec, rule: RuleState, score: float, now_s: float) -> RuleState:
    kept = tuple(pair for pair in rule.recent if now_s - pair[0] < spec.median_s - _EPSILON_S)
    return replace(rule, recent=(*kept, (now_s, score)))


def _hold(spec: RuleSpec, rule: RuleState, sample: Sample, score: float, now_s: float) -> Advance:
    since_s = rule.since_s
    if since_s is None:
        since_s = now_s if sample.since_s is None else sample.since_s
        risen = [t for t, one in rule.recent if one >= spec.enter]
        since_s = min([since_s, *risen])
    held = replace(
        rule,
        since_s=since_s,
        last_positive_s=now_s,
        below_since_s=None,
        peak=max(rule.peak, score),
        detail=sample.detail or rule.detail,
    )
    ripe = now_s - since_s >= spec.hold_s - _EPSILON_S and now_s >= rule.quiet_until_s
    if held.is_open or not ripe:
        return held, ()
    held = replace(held, is_open=True)
    return held, (_transition(spec, held, Phase.OPENED, None),)


def _end(spec: RuleSpec, rule: RuleState, end_s: float) -> Advance:
    if not rule.is_open:
        return _idle(rule), ()
    quiet = replace(rule, quiet_until_s=end_s + spec.cooldown_s)
    return _idle(quiet), (_transition(spec, rule, Phase.CLOSED, end_s),)


def _idle(rule: RuleState) -> RuleState:
    return RuleState(recent=rule.recent, quiet_until_s=rule.quiet_until_s)


def _transition(spec: RuleSpec, rule: RuleState, phase: Phase, end_s: float | None) -> Transition:
    assert rule.since_s is not None
    return Transition(
        phase, spec.event_type, spec.severity, rule.since_s, end_s, rule.peak, rule.detail
    )
