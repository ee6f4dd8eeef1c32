"""Medians with the interval that chance leaves them."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_ROUNDS = 2000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A median and its 95 % interval."""

    value: float
    low: float
    high: float

    def as_json(self) -> dict[str, float]:
        return {
            "value": round(self.value, 3),
            "low": round(self.low, 3),
            "high": round(self.high, 3),
        }

    def __str__(self) -> str:
        return f"{self.value:.2f} ({self.low:.2f}-{self.high:.2f})"


def estimate(values: Sequence[float], seed: int = 0) -> Estimate:
    """Give the median with its percentile interval.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    chance = random.Random(seed)
    drawn = sorted(median(chance.choices(values, k=len(values))) for _ in range(_ROUNDS))
    return Estimate(median(values), drawn[round(0.025 * _ROUNDS)], drawn[round(0.975 * _ROUNDS)])


def percentile(values: Sequence[float], share: float) -> float:
    """Give the smallest value that at least this share of them does not exceed."""
    ordered = sorted(values)
    rank = math.ceil(len(ordered) * share)
    return ordered[min(len(ordered), max(1, rank)) - 1]


def slope(values: Sequence[float]) -> float:
    """Give the growth from one value to the next, by least squares."""
    count = len(values)
    if count < 2:
        return 0.0
    middle_x, middle_y = (count - 1) / 2, sum(values) / count
    above = sum((x - middle_x) * (y - middle_y) for x, y in enumerate(values))
    return above / sum((x - middle_x) ** 2 for x in range(count))
