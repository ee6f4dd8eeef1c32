"""The rules as data: when a signal becomes an incident, in seconds, never in frames."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from proctor_app.domain.exam import Preset, RuleChange
from proctor_app.domain.incident import EventType, Severity


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule opens when its score reaches ``enter`` and then stays at or above ``exit`` for
    ``hold_s``; it closes when it stays below ``exit`` for ``release_s``.

    median_s: the score is the median of the samples of this many seconds, so that one mistaken
    frame neither begins nor ends an episode; 0: the newest sample alone.
    cooldown_s: after an incident's end the next one of the rule opens no sooner than this.
    patience_s: how long the rule goes on without a judgement before what it saw is let go.
    """

    event_type: EventType
    severity: Severity
    enter: float
    exit: float
    hold_s: float
    release_s: float
    median_s: float = 0.0
    cooldown_s: float = 0.0
    patience_s: float = 2.5


_ALERT, _NOTICE = Severity.ALERT, Severity.NOTICE

DEFAULT_RULES: tuple[RuleSpec, ...] = (
    RuleSpec(EventType.FACE_ABSENT, _ALERT, enter=0.6, exit=0.5, hold_s=2.0, release_s=0.7),
    RuleSpec(EventType.MULTIPLE_FACES, _ALERT, enter=0.6, exit=0.5, hold_s=1.0, release_s=1.0),
    # Fused scores: at 0.34 they err on 1 % of pictures without a phone, and no incident comes of a
    # single picture.
    RuleSpec(EventType.PHONE, _ALERT, enter=0.34, exit=0.17, hold_s=0.8, release_s=2.0),
    # EfficientDet's own scores: no labelled picture without a book, or with one person, reaches
    # 0.45 and 0.5.
    RuleSpec(EventType.FORBIDDEN_OBJECT, _NOTICE, enter=0.45, exit=0.3, hold_s=1.5, release_s=2.0),
    RuleSpec(EventType.BACKGROUND_PERSON, _NOTICE, enter=0.5, exit=0.4, hold_s=2.0, release_s=2.0),
    # At 0.6 a head is turned by 30 degrees (20 up or down), at 0.5 by 25 (17). The medians bridge
    # single frames whose landmarks err: in the labelled clips they lost no turn and added none.
    RuleSpec(
        EventType.HEAD_TURNED,
        _NOTICE,
        enter=0.6,
        exit=0.5,
        hold_s=2.0,
        release_s=1.0,
        median_s=0.75,
    ),
    # No median: eyes that dart about would be taken for eyes that stay away.
    RuleSpec(EventType.GAZE_OFF_SCREEN, _NOTICE, enter=0.6, exit=0.5, hold_s=2.0, release_s=1.0),
    RuleSpec(
        EventType.EYES_CLOSED, _NOTICE, enter=0.6, exit=0.4, hold_s=3.0, release_s=1.0, median_s=1.1
    ),
    # Three swings of the mouth score 0.6; its signal has a window of its own. The release bridges
    # the pauses between sentences.
    RuleSpec(EventType.MOUTH_MOVEMENT, _NOTICE, enter=0.6, exit=0.5, hold_s=3.0, release_s=2.0),
    RuleSpec(EventType.FACE_POSITION, _NOTICE, enter=0.6, exit=0.5, hold_s=3.0, release_s=1.0),
    # Hands are looked for every second, on every frame once one is up; no median, or frames of
    # glasses taken for a hand now and then would add up. The cooldown passes over fidgeting.
    RuleSpec(
        EventType.HAND_GESTURE,
        _NOTICE,
        enter=0.6,
        exit=0.5,
        hold_s=1.5,
        release_s=1.0,
        cooldown_s=20.0,
    ),
    # Its signal waits for the second failed check; a check that could not be made changes nothing
    # for half a minute.
    RuleSpec(
        EventType.IDENTITY_MISMATCH,
        _ALERT,
        enter=0.5,
        exit=0.5,
        hold_s=0.0,
        release_s=0.0,
        patience_s=30.0,
    ),
    # Judged every 5 s over the last minute: five times in a row it must look like a picture.
    RuleSpec(
        EventType.SPOOF_SUSPECTED,
        _ALERT,
        enter=0.5,
        exit=0.5,
        hold_s=20.0,
        release_s=5.0,
        cooldown_s=60.0,
        patience_s=15.0,
    ),
    RuleSpec(EventType.CAMERA_BLOCKED, _NOTICE, enter=1.0, exit=1.0, hold_s=3.0, release_s=1.0),
    RuleSpec(EventType.FRAME_QUALITY_LOW, _NOTICE, enter=1.0, exit=1.0, hold_s=3.0, release_s=1.0),
    RuleSpec(
        EventType.MONITORING_GAP,
        _NOTICE,
        enter=1.0,
        exit=1.0,
        hold_s=5.0,
        release_s=0.0,
        patience_s=float("inf"),  # a gap is not interrupted because a clock ticked late
    ),
)

_HOLD_FACTOR: Mapping[Preset, float] = MappingProxyType(
    {Preset.STRICT: 0.7, Preset.STANDARD: 1.0, Preset.LENIENT: 2.0}
)
_AS_IT_IS = frozenset({EventType.MONITORING_GAP})
"""That nothing was seen is told in every exam alike."""
_NO_CHANGE = RuleChange()


def tuned(preset: Preset, changes: Mapping[EventType, RuleChange]) -> tuple[RuleSpec, ...]:
    """The rules as an exam has them: a stricter one opens sooner, what is switched off is left out.

    A hold that the exam names itself is taken as it is.
    """
    specs: list[RuleSpec] = []
    for spec in DEFAULT_RULES:
        change = changes.get(spec.event_type, _NO_CHANGE)
        if spec.event_type in _AS_IT_IS:
            specs.append(spec)
        elif change.is_on:
            hold_s = spec.hold_s * _HOLD_FACTOR[preset]
            if change.hold_s is not None:
                hold_s = max(0.0, change.hold_s)
            specs.append(replace(spec, hold_s=hold_s))
    return tuple(specs)
