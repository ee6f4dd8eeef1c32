"""Whether the face is still the enrolled one."""

import math
from dataclasses import dataclass, replace

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Detector, FaceDescription, Observation
from proctor_app.vision.profile import Profile
from proctor_app.vision.signals.faces import FACE_SCORE
from proctor_app.vision.signals.sample import Sample, Samples

MAX_DISTANCE = 0.44
"""Distances of one person's pictures stay at or below it, those of two people above it.

The middle of the gap in 124 labelled pairs between one person's (56 of 58 up to 0.428) and two
people's (all 66 from 0.455): no false match, 2 false mismatches; 6 pairs can't be verified. At the
usual 0.6 of the library 3 pairs of people would have been one. The curve: bench.pairs.
"""
_SURE_BEYOND = 0.2
"""This far beyond the threshold a mismatch is certain: the mean of two people lies there."""
_FAILURES = 2
_CONFIRM_AFTER_S = 3.0
"""A failed check is repeated after this time rather than at the next turn of the schedule."""
_FORGET_AFTER_S = 60.0
"""A failed check that could not be repeated for so long counts no longer."""
_AWAY_S = 1.0
"""Whoever was seen to be away for so long is checked at once when a face comes back."""
_UNWATCHED_S = 3.0
"""So is whoever is there after so long without a picture; degraded streams send one every 2 s."""


@dataclass(frozen=True, slots=True)
class IdentityMemory:
    """failures: failed checks in a row; failing_since_s: the first one's time; last_failure_s: the
    last one's. watched_s: the last picture's time; away_since_s: since when no face was in it, None
    while one is. owed_s: from when a check is owed ahead of the schedule, None where none is."""

    failures: int = 0
    failing_since_s: float = 0.0
    last_failure_s: float = -math.inf
    watched_s: float = -math.inf
    away_since_s: float | None = None
    owed_s: float | None = None


def read(
    observation: Observation, memory: IdentityMemory, profile: Profile, now_s: float
) -> tuple[Samples, IdentityMemory]:
    """Judge identity_mismatch: two failed checks in a row. A face that can't be verified counts
    neither way; nobody enrolled, nobody judged."""
    if not profile.enrolled:
        return {}, memory
    memory = _watch_for_return(observation, memory, now_s)
    if memory.failures and now_s - memory.last_failure_s > _FORGET_AFTER_S:
        memory = replace(memory, failures=0)
    if observation.identity is None:
        return {}, memory
    distance = nearest(observation.identity, profile.enrolled)
    if distance is None:
        # What was owed stays owed; what the schedule asked for is asked again at once.
        owed_s = now_s if memory.owed_s is None else memory.owed_s
        return {}, replace(memory, owed_s=owed_s)
    if distance <= MAX_DISTANCE:
        memory = IdentityMemory(watched_s=now_s)
        return {EventType.IDENTITY_MISMATCH: Sample(_doubt(distance))}, memory
    memory = _fail(memory, now_s)
    if memory.failures < _FAILURES:
        return {}, memory
    sample = Sample(_doubt(distance), since_s=memory.failing_since_s)
    return {EventType.IDENTITY_MISMATCH: sample}, memory


def wishes(memory: IdentityMemory, profile: Profile, now_s: float) -> frozenset[Detector]:
    """Ask for a check ahead of the schedule: a face came back, a check failed or could not be."""
    owed = bool(profile.enrolled) and memory.owed_s is not None and now_s >= memory.owed_s
    return frozenset({Detector.IDENTITY}) if owed else frozenset()


def nearest(face: FaceDescription, enrolled: tuple[tuple[float, ...], ...]) -> float | None:
    """The Euclidean distance to the nearest template; None where the face can't be verified.

    With two templates the nearest one halved the false mismatches of one, and cost no false match.
    """
    embedding = face.embedding
    if embedding is None:
        return None
    return min((math.dist(embedding, template) for template in enrolled), default=None)


def _doubt(distance: float) -> float:
    """0.5 at the threshold, 1 where it is certain that they are two people."""
    return max(0.0, min(1.0, 0.5 + 0.5 * (distance - MAX_DISTANCE) / _SURE_BEYOND))


def _watch_for_return(
    observation: Observation, memory: IdentityMemory, now_s: float
) -> IdentityMemory:
    if observation.faces is None:
        return memory
    unwatched = now_s - memory.watched_s > _UNWATCHED_S
    memory = replace(memory, watched_s=now_s)
    if not any(face.score >= FACE_SCORE for face in observation.faces):
        since_s = now_s if memory.away_since_s is None else memory.away_since_s
        return replace(memory, away_since_s=since_s)
    away = memory.away_since_s is not None and now_s - memory.away_since_s >= _AWAY_S
    owed_s = now_s if away or unwatched else memory.owed_s
    return replace(memory, away_since_s=None, owed_s=owed_s)


def _fail(memory: IdentityMemory, now_s: float) -> IdentityMemory:
    return replace(
        memory,
        failures=memory.failures + 1,
        failing_since_s=memory.failing_since_s if memory.failures else now_s,
        last_failure_s=now_s,
        owed_s=now_s + _CONFIRM_AFTER_S,
    )
