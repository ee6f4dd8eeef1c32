"""What other systems are told, how it is signed, and when it is tried again. Pure."""

import hashlib
import hmac
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    INCIDENT_OPENED = "incident.opened"
    INCIDENT_CLOSED = "incident.closed"
    ATTEMPT_FINISHED = "attempt.finished"
    VERDICT_GIVEN = "verdict.given"
    TEST = "test"  # sent by an admin's button, to whatever webhook


KINDS = tuple(kind for kind in Kind if kind is not Kind.TEST)
"""What a webhook can be told of."""


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"  # given up
    DROPPED = "dropped"  # its webhook was paused for too long


GIVE_UP_AFTER = timedelta(days=3)
"""What could not be sent for so long is given up; of a webhook that is paused for so long, nothing
more is kept."""
_FIRST_S, _MOST_S = 5.0, 3600.0
_DOUBLINGS = 10
_JITTER = 0.2


def backoff_s(tries: int, chance: float, retry_after_s: float | None = None) -> float:
    """Seconds until the next try, after so many: 5, 10, 20 ... up to an hour, a fifth more or less
    so that what failed together does not come back together.

    tries: 1 or more. chance: 0 to 1. retry_after_s: what the receiver asked for; it is waited for
    at least so long, an hour at most.
    """
    doubled = _FIRST_S * 2.0 ** min(tries - 1, _DOUBLINGS)
    own = min(doubled, _MOST_S) * (1.0 - _JITTER + 2.0 * _JITTER * chance)
    return max(own, min(retry_after_s or 0.0, _MOST_S))


def signature(secret: str, delivery_id: str, timestamp_s: int, body: bytes) -> str:
    """What the header Proctor-Signature says: HMAC-SHA256 (RFC 2104) of "id.timestamp.body" by the
    letters of the secret, in hexadecimal. The id and the time are signed too, so that who overhears
    a message can send it again neither later nor as another one."""
    signed = f"{delivery_id}.{timestamp_s}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
