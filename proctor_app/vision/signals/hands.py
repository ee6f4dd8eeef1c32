"""Hands at the face, and hands held up."""

from dataclasses import dataclass

from proctor_app.domain.incident import EventType
from proctor_app.vision.observation import Box, Detector, Hand, Observation
from proctor_app.vision.signals.faces import FACE_SCORE
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

_HAND_SCORE = 0.6
"""Below it the hands of the labelled media were sleeves, flowers and frames of glasses."""
_GESTURE_SCORE = 0.6
"""Signing hands that show none of the named gestures reached 0.74, most of them below 0.6."""
_REACH = 0.25
"""A hand is near the face from this far, in faces."""
_CHEST = 1.5
"""A gesture is held up where the hand's middle is no further below the chin, in faces."""
_MEMORY_S = 3.0


@dataclass(frozen=True, slots=True)
class HandsMemory:
    """When a hand was last seen where it matters."""

    seen_s: float = float("-inf")


def read(
    observation: Observation, memory: HandsMemory, now_s: float
) -> tuple[Samples, HandsMemory]:
    """Judge hand_gesture; detail: "near face", "raised", or the gesture's name."""
    if observation.hands is None:
        return {}, memory
    counted = [face for face in observation.faces or () if face.score >= FACE_SCORE]
    if not counted:
        return {EventType.HAND_GESTURE: UNKNOWN}, memory
    face = max(counted, key=lambda one: one.box.width_px).box
    shown = [
        (hand.score, kind)
        for hand in observation.hands
        if hand.score >= _HAND_SCORE and (kind := _kind(hand, face))
    ]
    if not shown:
        return {EventType.HAND_GESTURE: Sample(0.0)}, memory
    score, kind = max(shown)
    return {EventType.HAND_GESTURE: Sample(score, kind)}, HandsMemory(now_s)


def wishes(memory: HandsMemory, now_s: float) -> frozenset[Detector]:
    """Ask for hands on every frame while one is held up."""
    lately = now_s - memory.seen_s <= _MEMORY_S
    return frozenset({Detector.HANDS}) if lately else frozenset()


def _kind(hand: Hand, face: Box) -> str:
    """Say what a hand does, empty for nothing: hands on the keyboard are nobody's concern."""
    box, reach_px = hand.box, _REACH * face.height_px
    middle_px = (box.y0_px + box.y1_px) / 2
    if hand.gesture_score >= _GESTURE_SCORE and middle_px <= face.y1_px + _CHEST * face.height_px:
        return hand.gesture.replace("_", " ").lower()
    beside = box.x1_px < face.x0_px - reach_px or box.x0_px > face.x1_px + reach_px
    below = box.y0_px > face.y1_px + reach_px
    above = box.y1_px < face.y0_px - reach_px
    if not (beside or below or above):
        return "near face"
    return "raised" if middle_px < face.y1_px else ""
