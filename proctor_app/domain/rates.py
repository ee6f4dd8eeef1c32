"""How sure a share is, and how far people agree beyond chance."""

from collections.abc import Mapping
from math import sqrt

_Z = 1.959964
"""Of the normal distribution: 95 % lie within."""


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Where the true share lies by 95 %: Wilson's interval, which holds for few cases and for
    shares of 0 and 1, too (E. B. Wilson, 1927). Nothing known of no cases: 0 to 1."""
    if of <= 0:
        return 0.0, 1.0
    share, square = hits / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def kappa(pairs: Mapping[tuple[str, str], int]) -> float | None:
    """Cohen's kappa of pairs of judgements: 1 for full agreement, 0 for what chance alone would
    bring. Who of the two came first says nothing, so each pair counts both ways (as in Scott's pi).
    None without pairs, or where everybody always said the same one thing."""
    total = sum(pairs.values())
    if not total:
        return None
    shares: dict[str, float] = {}
    for (one, other), count in pairs.items():
        for said in (one, other):
            shares[said] = shares.get(said, 0.0) + count / (2 * total)
    observed = sum(count for (one, other), count in pairs.items() if one == other) / total
    expected = sum(share * share for share in shares.values())
    if expected >= 1.0 - 1e-12:
        return None
    return (observed - expected) / (1 - expected)
