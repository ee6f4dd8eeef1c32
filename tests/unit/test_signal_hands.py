"""Hands count at the face and held up; hands at work, sleeves and single frames don't."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from proctor_app.domain.incident import EventType, Phase
from proctor_app.vision.observation import Box, Detector, Hand, Observation
from proctor_app.vision.profile import Profile
from proctor_app.vision.rules import DEFAULT_RULES
from proctor_app.vision.signals import Memory, wishes
from proctor_app.vision.signals.hands import HandsMemory, read
from proctor_app.vision.signals.sample import UNKNOWN, Sample
from proctor_app.vision.tracker import TrackerState, observe
from tests.unit.looks import look, nobody

KIND = EventType.HAND_GESTURE
# The face of ``look`` reaches from 240, 140 to 400, 340.
CHIN = Box(280.0, 320.0, 360.0, 400.0)
CHEEK = Box(420.0, 200.0, 500.0, 300.0)
BESIDE = Box(520.0, 150.0, 600.0, 250.0)
CHEST = Box(280.0, 400.0, 380.0, 480.0)
DESK = Box(100.0, 660.0, 200.0, 740.0)


def hand(box: Box, gesture: str = "", gesture_score: float = 0.9, score: float = 0.95) -> Hand:
    return Hand(box, score, "right", gesture, gesture_score if gesture else 0.0)


def showing(*hands: Hand) -> Observation:
    return replace(look(), hands=hands)


@pytest.mark.parametrize(
    ("shown", "detail"),
    [
        (hand(CHIN), "near face"),
        (hand(CHEEK), "near face"),
        (hand(BESIDE), "raised"),
        (hand(CHEST), ""),
        (hand(DESK), ""),
        (hand(CHEST, "Victory"), "victory"),
        (hand(CHEST, "Thumb_Up", gesture_score=0.5), ""),
        (hand(DESK, "Closed_Fist"), ""),
        (hand(CHIN, score=0.55), ""),
    ],
)
def test_what_a_hand_does_depends_on_where_it_is_beside_the_face(shown: Hand, detail: str) -> None:
    samples, _ = read(showing(shown), HandsMemory(), 0.0)
    expected = Sample(0.95, detail) if detail else Sample(0.0)
    assert samples == {KIND: expected}


def test_of_two_hands_the_surer_one_that_matters_speaks() -> None:
    samples, _ = read(showing(hand(DESK), hand(CHIN, score=0.8)), HandsMemory(), 0.0)
    assert samples == {KIND: Sample(0.8, "near face")}


def test_without_a_face_a_hand_cannot_be_judged() -> None:
    frame = replace(nobody(), hands=(hand(CHIN),))
    assert read(frame, HandsMemory(), 0.0) == ({KIND: UNKNOWN}, HandsMemory())


def test_a_frame_on_which_hands_were_not_looked_for_says_nothing() -> None:
    assert read(look(), HandsMemory(), 0.0) == ({}, HandsMemory())


def test_while_a_hand_is_up_every_frame_is_looked_at() -> None:
    _, memory = read(showing(hand(CHIN)), HandsMemory(), 10.0)
    seen = Memory(hands=memory)
    assert wishes(seen, Profile(), 12.0).at_once == {Detector.HANDS}
    assert wishes(seen, Profile(), 14.0).at_once == frozenset()
    _, calm = read(showing(hand(DESK)), HandsMemory(), 10.0)
    assert wishes(Memory(hands=calm), Profile(), 10.5).at_once == frozenset()


def test_hands_nobody_judges_are_not_looked_for() -> None:
    assert Detector.HANDS in wishes(Memory(), Profile(off=frozenset({KIND})), 0.0).idle


def opened(frames: Iterable[tuple[float, Observation]]) -> int:
    """Count the incidents that the shipped rule opens."""
    specs = tuple(rule for rule in DEFAULT_RULES if rule.event_type is KIND)
    state, found = TrackerState(-1.0, specs), 0
    for now_s, frame in frames:
        unlike = replace(frame.quality, digest=str(now_s).encode())
        state, transitions, _ = observe(state, replace(frame, quality=unlike), now_s)
        found += sum(one.phase is Phase.OPENED for one in transitions)
    return found


def test_a_hand_at_the_face_for_a_second_and_a_half_is_noted() -> None:
    assert opened((at / 2, showing(hand(CHIN))) for at in range(3)) == 0
    assert opened((at / 2, showing(hand(CHIN))) for at in range(4)) == 1


def test_single_mistaken_frames_are_not() -> None:
    frames = ((at / 2, showing(hand(CHIN)) if at % 4 == 0 else showing()) for at in range(60))
    assert opened(frames) == 0


def test_fidgeting_does_not_flood() -> None:
    """Three seconds at the face, three away, for a minute."""
    frames = ((at / 2, showing(hand(CHIN)) if at // 6 % 2 else showing()) for at in range(120))
    assert opened(frames) <= 3
