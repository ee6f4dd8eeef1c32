"""The health of the analysis: seconds in, stretches of time out."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.rates import kappa, wilson
from proctor_app.services.health_meter import KEPT_S, HealthMeter, degraded_stretches

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def _after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_given_no_frames_then_now_says_so_and_there_is_nothing_to_draw() -> None:
    meter = HealthMeter(threads=2)

    assert meter.now(START).words == "no frames now"
    assert meter.series(START) == ()


def test_given_frames_in_time_then_now_says_load_age_and_full_rate() -> None:
    meter = HealthMeter(threads=2)
    for number in range(20):  # of 205 ms each, in 5 s of two threads
        meter.analysed(_after(number / 4), age_s=0.3, busy_ms=205)

    found = meter.now(_after(5))

    assert found.words == "load 41 % · frame age 0.3 s · full rate"
    assert (found.frames, found.frames_per_s) == (20, 4.0)
    assert found.latency_p50_ms == found.latency_p95_ms == 205


def test_given_frames_that_wait_too_long_then_the_rate_is_reduced() -> None:
    meter = HealthMeter(threads=1)
    for _ in range(10):
        meter.analysed(START, age_s=1.6, busy_ms=50)

    assert meter.now(_after(2)).words.endswith("reduced rate")


def test_given_more_than_one_in_twenty_left_out_then_the_rate_is_reduced() -> None:
    meter = HealthMeter(threads=1)
    for _ in range(19):
        meter.analysed(START, age_s=0.1, busy_ms=5)
    meter.left_out(START)
    assert not meter.now(_after(2)).is_degraded

    meter.left_out(START)

    assert meter.now(_after(2)).is_degraded


def test_given_a_pause_then_the_series_has_a_gap_of_unknown_values() -> None:
    meter = HealthMeter(threads=1)
    meter.analysed(START, age_s=0.1, busy_ms=30)
    meter.analysed(_after(12), age_s=0.2, busy_ms=40)

    points = meter.series(_after(15))

    assert [point.at for point in points] == [START, _after(5), _after(10)]
    assert [point.age_p50_s is None for point in points] == [False, True, False]
    assert points[1].load == 0.0


def test_given_more_than_ten_minutes_then_the_oldest_are_forgotten() -> None:
    meter = HealthMeter(threads=1)
    meter.analysed(START, age_s=0.1, busy_ms=30)
    meter.analysed(_after(KEPT_S + 60), age_s=0.1, busy_ms=30)

    points = meter.series(_after(KEPT_S + 65))

    assert points[0].at >= _after(60)
    assert sum(point.frames for point in points) == 1


def test_given_degraded_points_side_by_side_then_they_are_one_stretch() -> None:
    meter = HealthMeter(threads=1)
    for second in range(25):
        meter.analysed(_after(second), 3.0 if 5 <= second < 15 else 0.1, busy_ms=30)

    assert degraded_stretches(meter.series(_after(25))) == [(_after(5), _after(15))]


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_of_a_share_holds_the_share_and_stays_between_0_and_1(
    some: int, others: int
) -> None:
    low, high = wilson(some, some + others)

    assert 0.0 <= low <= high <= 1.0
    if some + others:
        assert low - 1e-9 <= some / (some + others) <= high + 1e-9


def test_the_interval_is_the_one_of_the_text_books() -> None:
    low, high = wilson(8, 10)  # Agresti and Coull, 1998: 0.49 to 0.94

    assert (round(low, 2), round(high, 2)) == (0.49, 0.94)


def test_agreement_beyond_chance_is_1_where_all_agree_and_0_where_chance_would_do_as_well() -> None:
    assert kappa({("passed", "passed"): 5, ("violation", "violation"): 5}) == 1.0
    assert kappa({("a", "a"): 25, ("b", "b"): 25, ("a", "b"): 50}) == 0.0
    assert kappa({("passed", "passed"): 5}) is None  # nobody ever said anything else
    assert kappa({}) is None
