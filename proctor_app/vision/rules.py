"""The rules as data: when a signal becomes an incident, in seconds, never in frames."""

from dataclasses import dataclass

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
    # EfficientDet's scores are low: at 0.36 it errs on 1 % of pictures without a phone, and no
    # incident comes of a single picture.
    RuleSpec(EventType.PHONE, _ALERT, enter=0.36, exit=0.2, hold_s=0.8, release_s=2.0),
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
