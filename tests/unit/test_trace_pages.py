"""What the rules saw, as it is stored and as it is drawn."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.incident import EventType
from proctor_app.services.scores import SLOT_S
from proctor_app.services.trace_pages import (
    UNKNOWN,
    Page,
    PageDamaged,
    Recorder,
    decode,
    encode,
    numbers,
)
from proctor_app.services.traces import Trace, drawn
from proctor_app.vision.signals import Sample

START_S = 5_000_000 * SLOT_S
START = datetime.fromtimestamp(START_S, UTC)
PHONE, HEAD = EventType.PHONE, EventType.HEAD_TURNED
_SCORES = st.none() | st.floats(0, 1, allow_nan=False)
_SAMPLES = st.dictionaries(st.sampled_from(list(EventType)), _SCORES.map(Sample), max_size=6)
_SEEN = st.lists(st.tuples(st.integers(0, 2 * SLOT_S - 1), _SAMPLES), max_size=40)


def recorded(*seen: tuple[float, Mapping[EventType, float | None]]) -> Recorder:
    recorder = Recorder()
    for at_s, scores in seen:
        recorder.see(START_S + at_s, {kind: Sample(score) for kind, score in scores.items()})
    return recorder


def trace(recorder: Recorder, seconds: float, max_points: int = 600) -> Trace:
    return drawn(recorder.pages, START, START + timedelta(seconds=seconds), max_points)


def same(one: Page, other: Page) -> bool:
    return (one.frames, one.scores) == (other.frames, other.scores)


@given(_SEEN)
def test_given_any_stream_when_stored_and_read_again_then_nothing_is_lost(
    seen: list[tuple[int, dict[EventType, Sample]]],
) -> None:
    recorder = Recorder()
    for at_s, samples in seen:
        recorder.see(START_S + at_s, samples)

    read = {slot: decode(encode(page)) for slot, page in recorder.pages.items()}

    assert all(same(read[slot], page) for slot, page in recorder.pages.items())
    found = drawn(read, START, START + timedelta(seconds=2 * SLOT_S), 2 * SLOT_S)
    times = Counter(at_s for at_s, _ in seen)
    assert found.frames == tuple(times.get(second) for second in range(2 * SLOT_S))
    highest: dict[tuple[EventType, int], float] = {}
    for at_s, samples in seen:
        for kind, sample in samples.items():
            if sample.score is not None:
                highest[kind, at_s] = max(sample.score, highest.get((kind, at_s), 0.0))
    drawn_scores = {
        (kind, second): score
        for kind, row in found.scores.items()
        for second, score in enumerate(row)
        if score is not None
    }
    assert drawn_scores == pytest.approx(highest, abs=0.002)


@given(_SEEN, _SEEN)
def test_given_two_halves_of_a_page_when_merged_then_it_is_the_same_however_often(
    some: list[tuple[int, dict[EventType, Sample]]],
    others: list[tuple[int, dict[EventType, Sample]]],
) -> None:
    one, other = Recorder(), Recorder()
    for recorder, seen in ((one, some), (other, others)):
        recorder.wait(START_S, is_silent=False)
        for at_s, samples in seen:
            recorder.see(START_S + at_s, samples)
    slot = START_S // SLOT_S
    forth, back = one.pages[slot].copy(), other.pages[slot].copy()

    forth.merge(other.pages[slot])
    back.merge(one.pages[slot])

    assert same(forth, back)
    again = forth.copy()
    again.merge(other.pages[slot])
    again.merge(one.pages[slot])
    assert same(again, forth)


@given(st.binary(max_size=400))
def test_given_any_bytes_then_they_are_a_page_or_are_said_to_be_damaged(data: bytes) -> None:
    try:
        page = decode(data)
    except PageDamaged:
        return
    assert len(page.frames) == SLOT_S


def test_given_a_damaged_page_then_it_is_told_so() -> None:
    whole = encode(recorded((1, {PHONE: 0.5})).pages[START_S // SLOT_S])
    for data in (b"", b"\x02" + whole[1:], whole[:-9], whole[:1] + b"?" + whole[2:]):
        with pytest.raises(PageDamaged):
            decode(data)


def test_given_a_rule_that_is_no_more_then_the_others_are_drawn() -> None:
    page = Page(scores={"of_another_time": bytearray(SLOT_S)})
    page.raise_to(0, PHONE, 1.0)
    found = drawn({START_S // SLOT_S: decode(encode(page))}, START, START + timedelta(seconds=1), 9)
    assert found.scores == {PHONE: (1.0,)}


def test_given_a_stored_page_then_its_numbers_can_be_read_by_anybody() -> None:
    recorder = recorded((0, {PHONE: 0.5}), (0.5, {PHONE: None}))
    found = numbers(recorder.pages[START_S // SLOT_S])
    unknown = [None] * (SLOT_S - 1)
    assert found == {
        "seconds": 300,
        "frames": [2, *unknown],
        "scores": {"phone": [0.5, *unknown]},
    }


# --- drawn ---


def test_given_frames_then_each_second_has_its_highest_score_and_their_number() -> None:
    recorder = recorded((1.1, {PHONE: 0.2, HEAD: None}), (1.6, {PHONE: 0.6}), (3.0, {PHONE: 0.0}))
    recorder.wait(START_S + 2.5, is_silent=True)

    found = trace(recorder, 5)

    assert (found.start, found.step_s) == (START, 1.0)
    assert found.frames == (None, 2, 0, 1, None)
    assert [one and round(one, 2) for one in found.scores[PHONE]] == [None, 0.6, None, 0.0, None]
    assert found.scores[EventType.MONITORING_GAP] == (None, None, 1.0, None, None)
    assert HEAD not in found.scores


def test_given_a_long_attempt_then_no_more_steps_are_drawn_and_no_peak_is_lost() -> None:
    recorder = recorded(*((n, {PHONE: 0.9 if n == 777 else 0.1}) for n in range(1000)))

    found = trace(recorder, 1000, max_points=100)

    assert (found.step_s, len(found.frames), len(found.scores[PHONE])) == (10.0, 100, 100)
    peaks = [n for n, score in enumerate(found.scores[PHONE]) if score and score > 0.8]
    assert peaks == [77]
    assert set(found.frames) == {1}


def test_given_few_frames_in_a_step_then_it_is_not_drawn_as_without_any() -> None:
    recorder = recorded((3, {PHONE: 0.1}))
    for second in range(20):
        recorder.wait(START_S + second, is_silent=False)
    assert trace(recorder, 30, max_points=3).frames == (1, 0, None)


def test_given_pages_from_before_and_after_then_only_the_attempts_time_is_drawn() -> None:
    recorder = recorded((-1, {PHONE: 0.1}), (0, {PHONE: 0.2}), (400, {PHONE: 0.3}))
    found = trace(recorder, 2)
    assert found.frames == (1, None)
    assert found.scores[PHONE][0] == pytest.approx(0.2, abs=0.002)


@pytest.mark.parametrize(("seconds", "points"), [(0, 600), (-5, 600), (1, 0), (1, -3)])
def test_given_no_time_or_no_points_then_it_is_drawn_all_the_same(
    seconds: float, points: int
) -> None:
    found = trace(recorded((0, {PHONE: 0.5})), seconds, points)
    assert len(found.frames) == max(0, seconds)


# --- what waits to be written ---


def test_given_a_page_that_was_written_then_it_changes_only_by_what_comes() -> None:
    recorder = recorded((0, {PHONE: 0.5}))
    first = recorder.changed()
    recorder.see(START_S + 1, {PHONE: Sample(0.7)})
    recorder.saved(first)
    assert len(recorder.changed()) == 1

    recorder.saved(recorder.changed())
    assert recorder.is_written
    assert first[0].page.frames[1] == UNKNOWN


def test_given_a_full_page_that_was_written_then_it_is_not_remembered() -> None:
    recorder = recorded((0, {PHONE: 0.5}), (SLOT_S, {PHONE: 0.5}))
    recorder.saved(recorder.changed())
    assert list(recorder.pages) == [START_S // SLOT_S + 1]


def test_given_nothing_can_be_written_then_two_hours_are_remembered() -> None:
    recorder = recorded(*((n * SLOT_S, {PHONE: 0.5}) for n in range(30)))
    assert sorted(recorder.pages) == [START_S // SLOT_S + n for n in range(6, 30)]
