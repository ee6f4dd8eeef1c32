"""Counting right and wrong answers, and how far such counts can be trusted."""

import math
from dataclasses import dataclass

_Z_95 = 1.959964
"""The 97.5th percentile of the normal distribution: two-sided 95 %."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often a yes or no was right. Shares are None where nothing was there to divide by."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def plus(self, truth: bool, said: bool) -> "Confusion":
        return Confusion(
            self.tp + (truth and said),
            self.fp + (not truth and said),
            self.fn + (truth and not said),
            self.tn + (not truth and not said),
        )

    def __add__(self, other: "Confusion") -> "Confusion":
        return Confusion(
            self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn
        )

    @property
    def count(self) -> int:
        return self.tp + self.fp + self.fn + self.tn

    @property
    def precision(self) -> float | None:
        return share(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float | None:
        return share(self.tp, self.tp + self.fn)

    @property
    def false_positive_rate(self) -> float | None:
        return share(self.fp, self.fp + self.tn)

    def as_json(self) -> dict[str, int | float | None]:
        return {
            "tp": self.tp,
            "fp": self.fp,
            "fn": self.fn,
            "tn": self.tn,
            "precision": rounded(self.precision),
            "recall": rounded(self.recall),
            "false_positive_rate": rounded(self.false_positive_rate),
        }

    def intervals_json(self) -> dict[str, list[float] | None]:
        """95 % intervals of the three shares, as if every picture were independent."""
        pairs = {
            "precision": wilson(self.tp, self.tp + self.fp),
            "recall": wilson(self.tp, self.tp + self.fn),
            "false_positive_rate": wilson(self.fp, self.fp + self.tn),
        }
        return {
            name: None if pair is None else [round(pair[0], 4), round(pair[1], 4)]
            for name, pair in pairs.items()
        }


def share(part: int, total: int) -> float | None:
    return None if total == 0 else part / total


def rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)


def wilson(hits: int, total: int) -> Interval | None:
    """Give the 95 % interval of a share; None where there is nothing to divide by.

    Source: Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    if total == 0:
        return None
    p, z2 = hits / total, _Z_95**2
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z_95 * math.sqrt(p * (1 - p) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return max(0.0, middle - half), min(1.0, middle + half)
