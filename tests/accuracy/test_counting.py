"""Shares, and how far they can be trusted."""

import pytest

from bench.counting import Confusion, wilson


def test_shares_of_nothing_are_unknown() -> None:
    empty = Confusion()
    assert (empty.precision, empty.recall, empty.false_positive_rate) == (None, None, None)


def test_answers_are_counted_where_they_belong() -> None:
    counted = Confusion()
    for truth, said in ((True, True), (True, False), (False, True), (False, False), (False, False)):
        counted = counted.plus(truth, said)
    assert counted == Confusion(tp=1, fp=1, fn=1, tn=2)
    assert counted.as_json() == {
        "tp": 1, "fp": 1, "fn": 1, "tn": 2,
        "precision": 0.5, "recall": 0.5, "false_positive_rate": 0.3333,
    }  # fmt: skip
    assert (counted + counted).count == 10


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    # Newcombe, Two-sided confidence intervals for the single proportion (1998), table I.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(hits: int, total: int, low: float, high: float) -> None:
    interval = wilson(hits, total)
    assert interval is not None
    assert interval == pytest.approx((low, high), abs=1e-4)


def test_the_interval_of_nothing_is_unknown() -> None:
    assert wilson(0, 0) is None
