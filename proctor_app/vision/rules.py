"""The rules as data: when a signal becomes an incident, in seconds, never in frames."""

from dataclasses import dataclass

from proctor_app.domain.incident import EventType, Severity


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule opens when its score stays at or above ``exit`` for ``hold_s`` after reaching
    ``enter``, and closes when it stays below ``exit`` for ``release_s``.

    patience_s: how long the rule goes on without a judgement before what it saw is let go.
    """

    event_type: EventType
    severity: Severity
    enter: float
    exit: float
    hold_s: float
    release_s: float
    patience_s: float = 2.5


DEFAULT_RULES: tuple[RuleSpec, ...] = (
    RuleSpec(EventType.FACE_ABSENT, Severity.ALERT, enter=0.6, exit=0.5, hold_s=2.0, release_s=0.7),
    RuleSpec(
        EventType.MULTIPLE_FACES, Severity.ALERT, enter=0.6, exit=0.5, hold_s=1.0, release_s=1.0
    ),
    # EfficientDet's scores are low: at 0.36 it errs on 1 % of pictures without a phone, and no
    # incident comes of a single picture.
    RuleSpec(EventType.PHONE, Severity.ALERT, enter=0.36, exit=0.2, hold_s=0.8, release_s=2.0),
    RuleSpec(
        EventType.FRAME_QUALITY_LOW, Severity.NOTICE, enter=1.0, exit=1.0, hold_s=3.0, release_s=1.0
    ),
    RuleSpec(
        EventType.MONITORING_GAP,
        Severity.NOTICE,
        enter=1.0,
        exit=1.0,
        hold_s=5.0,
        release_s=0.0,
        patience_s=float("inf"),  # a gap is not interrupted because a clock ticked late
    ),
)

FROZEN_AFTER_S = 10.0
"""Pictures equal in every pixel for this long are no live camera: sensors always add noise."""
