"""Things by several looks: where a first look leaves a trace of a phone, look again and closer.

Phones at the ear, far away or half behind a hand are missed by every plain detector. What finds
them is not a lower threshold, which finds as many that are none, but other views of the same
picture, a second opinion, and whether the thing is in a hand. See docs/accuracy.md for the figures.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from proctor_app.vision.boxes import area, overlap
from proctor_app.vision.frame import Pixels
from proctor_app.vision.models.objects import PERSON, PHONE, ObjectDetector
from proctor_app.vision.models.phone_opinion import PhoneOpinion
from proctor_app.vision.observation import Box, DetectedObject, Hand

_TRACE = 0.05
"""A phone's score from which the first look is doubted. Without a phone 25 % of the labelled
pictures reach it, of those with one 94 %."""
_CERTAIN = 0.6
"""From here on nothing further is looked at."""
_REPORTED = 0.1
_SMALL_PERSON = 0.25
"""The largest person's share of the picture below which its things are too small for one look."""
_CLOSER_WEIGHT = 0.7
"""A closer look finds more phones and more that are none: its scores count for less."""
_NOT_SQUARE = 1.15
_MOST_PLACES = 4
_SAME_PLACE, _INSIDE = 0.35, 0.8
"""Boxes of two looks are one thing when they share this much of their union, or when this much of
the smaller one lies in the other."""

# What speaks for a phone or against it, in log-odds added to the detector's. Round figures: in
# steps of 0.1 to 0.2 around them the labelled pictures' results stay the same.
_OPINION_WEIGHT = 0.6
_OPINION_NEUTRAL = 0.06
_OPINION_FLOOR = 0.01
_IN_HAND_BONUS = 0.9

_OPINION_CROP = 1.6
_LEAST_CROP_PX = 24
_HAND_REACH = 0.25
"""Around a hand, in shares of its size: where a thing is that it holds."""
_TOUCHING = 0.15


@dataclass(frozen=True, slots=True)
class _Sighting:
    score: float
    box: Box


class ThingFinder:
    """Not thread-safe; keeps nothing between two pictures. Closes what it was given."""

    def __init__(
        self,
        detector: ObjectDetector,
        opinion: PhoneOpinion,
        other: ObjectDetector | None = None,
    ) -> None:
        """other: a detector of another kind, asked where the first leaves a trace."""
        self._detector = detector
        self._other = other
        self._opinion = opinion

    @property
    def name(self) -> str:
        names = (one.name for one in (self._detector, self._other) if one is not None)
        return ", ".join(names)

    def find(
        self, rgb: Pixels, hands: Callable[[], tuple[Hand, ...]]
    ) -> tuple[DetectedObject, ...]:
        """Find things in a height x width x 3 RGB picture, best first; boxes in its pixels.

        hands: finds those of the same picture, asked only where there may be a phone. A phone's
        score is fused such that 0.34 errs on 1 % of the labelled pictures without one; the others'
        are the detector's. looks: how many passes of a detector told it.
        """
        seen = self._detector.find(rgb)
        sightings = [_Sighting(one.score, one.box) for one in seen if one.label == PHONE]
        looks = 1
        if _doubtful(rgb, seen):
            for further in self._look_again(rgb):
                sightings.extend(further)
                looks += 1
        phones = [
            DetectedObject(PHONE, self._judge(rgb, one, hands), one.box, looks)
            for one in _places(sightings)
        ]
        things = [one for one in seen if one.label != PHONE]
        reported = (one for one in (*things, *phones) if one.score >= _REPORTED)
        return tuple(sorted(reported, key=lambda one: one.score, reverse=True))

    def close(self) -> None:
        self._detector.close()
        self._opinion.close()
        if self._other is not None:
            self._other.close()

    def _look_again(self, rgb: Pixels) -> Iterator[list[_Sighting]]:
        """The whole picture by the other detector or in its own shape, then its two halves."""
        squares = _squares(rgb)
        if self._other is not None:
            yield _phones(self._other.find(rgb))
        elif squares:
            yield _phones(self._detector.find(rgb, keep_shape=True))
        for square in squares:
            left, top = int(square.x0_px), int(square.y0_px)
            part = rgb[top : int(square.y1_px), left : int(square.x1_px)]
            yield [
                _Sighting(_CLOSER_WEIGHT * one.score, _shifted(one.box, left, top))
                for one in _phones(self._detector.find(part))
            ]

    def _judge(self, rgb: Pixels, seen: _Sighting, hands: Callable[[], tuple[Hand, ...]]) -> float:
        score = min(seen.score, 0.99)
        log_odds = math.log(score / (1.0 - score))
        if seen.score >= _TRACE:
            likeness = self._opinion.likeness(_around(rgb, seen.box)) + _OPINION_FLOOR
            log_odds += _OPINION_WEIGHT * math.log(likeness / _OPINION_NEUTRAL)
            if any(_holds(hand, seen.box) for hand in hands()):
                log_odds += _IN_HAND_BONUS
        return 1.0 / (1.0 + math.exp(-log_odds))


def _doubtful(rgb: Pixels, seen: tuple[DetectedObject, ...]) -> bool:
    """Tell whether a second look may find what the first did not."""
    best = max((one.score for one in seen if one.label == PHONE), default=0.0)
    people = [area(one.box) for one in seen if one.label == PERSON and one.score >= 0.3]
    small = bool(people) and max(people) < _SMALL_PERSON * rgb.shape[0] * rgb.shape[1]
    return best < _CERTAIN and (best >= _TRACE or small)


def _phones(seen: tuple[DetectedObject, ...]) -> list[_Sighting]:
    return [_Sighting(one.score, one.box) for one in seen if one.label == PHONE]


def _squares(rgb: Pixels) -> tuple[Box, ...]:
    """Two overlapping squares that cover the picture, none where it is nearly one itself."""
    height_px, width_px = rgb.shape[:2]
    side_px = min(height_px, width_px)
    if max(height_px, width_px) < _NOT_SQUARE * side_px:
        return ()
    return (
        Box(0, 0, side_px, side_px),
        Box(width_px - side_px, height_px - side_px, width_px, height_px),
    )


def _places(sightings: list[_Sighting]) -> list[_Sighting]:
    """One sighting for each place, its best; the best places first."""
    kept: list[_Sighting] = []
    for one in sorted(sightings, key=lambda sighting: sighting.score, reverse=True):
        if not any(_same_place(one.box, other.box) for other in kept):
            kept.append(one)
    return kept[:_MOST_PLACES]


def _around(rgb: Pixels, box: Box) -> Pixels:
    """Cut a square around the box, kept inside the picture."""
    height_px, width_px = rgb.shape[:2]
    side_px = max(_LEAST_CROP_PX, round(max(box.width_px, box.height_px) * _OPINION_CROP))
    wide_px, high_px = min(side_px, width_px), min(side_px, height_px)
    left = round(min(max((box.x0_px + box.x1_px - wide_px) / 2, 0), width_px - wide_px))
    top = round(min(max((box.y0_px + box.y1_px - high_px) / 2, 0), height_px - high_px))
    return np.ascontiguousarray(rgb[top : top + high_px, left : left + wide_px])


def _holds(hand: Hand, box: Box) -> bool:
    reach_px = _HAND_REACH * max(hand.box.width_px, hand.box.height_px)
    wide = replace(
        hand.box,
        x0_px=hand.box.x0_px - reach_px,
        y0_px=hand.box.y0_px - reach_px,
        x1_px=hand.box.x1_px + reach_px,
        y1_px=hand.box.y1_px + reach_px,
    )
    return overlap(box, wide) > _TOUCHING * area(box)


def _same_place(one: Box, other: Box) -> bool:
    shared, areas = overlap(one, other), (area(one), area(other))
    union, smaller = sum(areas) - shared, min(areas)
    return shared > _SAME_PLACE * union or shared > _INSIDE * smaller


def _shifted(box: Box, x_px: float, y_px: float) -> Box:
    return Box(box.x0_px + x_px, box.y0_px + y_px, box.x1_px + x_px, box.y1_px + y_px)
