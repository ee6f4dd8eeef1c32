"""Incidents are episodes: the laws of the tracker, for any rule, rate and jitter."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor_app.domain.incident import EventType, Phase, Severity, Transition
from proctor_app.vision.episode import IDLE
from proctor_app.vision.observation import (
    Box,
    DetectedObject,
    Face,
    Observation,
    PictureQuality,
)
from proctor_app.vision.rules import DEFAULT_RULES, RuleSpec
from proctor_app.vision.signals import Sample
from proctor_app.vision.tracker import (
    SILENCE_S,
    TrackerState,
    finish,
    observe,
    open_types,
    step,
    tick,
)

RULE = RuleSpec(
    EventType.FACE_ABSENT, Severity.ALERT, enter=0.6, exit=0.4, hold_s=2.0, release_s=1.0
)
BOX = Box(10.0, 10.0, 110.0, 110.0)

Timed = tuple[float, float | None]  # a sample: its time and its score, None for unknown

rules = st.sampled_from([spec for spec in DEFAULT_RULES if spec.hold_s > 0])
without_median = st.sampled_from(
    [spec for spec in DEFAULT_RULES if spec.hold_s > 0 and spec.median_s == 0]
)
scores = st.one_of(st.none(), st.floats(0.0, 1.0))


@st.composite
def streams(draw: st.DrawFn, score: st.SearchStrategy[float | None] = scores) -> list[Timed]:
    """Samples at 0.5 to 10 frames a second; every interval is up to a fifth longer or shorter."""
    interval_s = 1.0 / draw(st.floats(0.5, 10.0))
    now_s, stream = 0.0, []
    for value in draw(st.lists(score, min_size=1, max_size=60)):
        stream.append((now_s, value))
        now_s += interval_s * draw(st.floats(0.8, 1.2))
    return stream


def run(spec: RuleSpec, stream: Sequence[Timed], end_s: float | None = None) -> list[Transition]:
    """Play a stream through one rule and finish it (with its last sample, if not told)."""
    found: list[Transition] = []
    state = TrackerState(last_s=-1.0, specs=(spec,))
    for now_s, score in stream:
        state, transitions = step(state, {spec.event_type: Sample(score)}, now_s)
        found.extend(transitions)
    found.extend(finish(state, stream[-1][0] if end_s is None else end_s)[1])
    return found


def phases(transitions: Sequence[Transition], phase: Phase) -> list[Transition]:
    return [transition for transition in transitions if transition.phase is phase]


def observation(
    at_s: float, *, digest: bytes = b"", faces: int | None = 1, phone: float | None = None
) -> Observation:
    seen = None if faces is None else (Face(BOX, 1.0),) * faces
    objects = None if phone is None else (DetectedObject("cell phone", phone, BOX),)
    quality = PictureQuality(120.0, 300.0, digest or repr(at_s).encode(), None)
    return Observation(at_s, 640, 480, quality, seen, objects=objects)


@settings(deadline=None)
@given(rules, streams())
def test_every_opened_incident_is_closed_exactly_once_and_ends_after_it_began(
    spec: RuleSpec, stream: list[Timed]
) -> None:
    found = run(spec, stream)
    opened, closed = phases(found, Phase.OPENED), phases(found, Phase.CLOSED)
    assert [one.start_s for one in opened] == [one.start_s for one in closed]
    assert [one.phase for one in found] == [Phase.OPENED, Phase.CLOSED] * len(opened)
    assert all(one.end_s is None for one in opened)
    assert all(one.end_s is not None and one.end_s >= one.start_s for one in closed)


@settings(deadline=None)
@given(rules, streams())
def test_incidents_of_one_rule_never_overlap(spec: RuleSpec, stream: list[Timed]) -> None:
    closed = phases(run(spec, stream), Phase.CLOSED)
    for earlier, later in pairwise(closed):
        assert earlier.end_s is not None
        assert earlier.end_s <= later.start_s


@settings(deadline=None)
@given(rules, streams())
def test_an_incident_begins_with_a_score_that_enters_and_holds_until_it_opens(
    spec: RuleSpec, stream: list[Timed]
) -> None:
    state = TrackerState(last_s=-1.0, specs=(spec,))
    for now_s, score in stream:
        state, transitions = step(state, {spec.event_type: Sample(score)}, now_s)
        for opened in phases(transitions, Phase.OPENED):
            held = [value for at_s, value in stream if opened.start_s <= at_s <= now_s]
            assert held[0] is not None
            assert held[0] >= spec.enter
            assert held[-1] is not None
            assert all(value is None or value >= spec.exit for value in held)
            assert now_s - opened.start_s >= spec.hold_s - 1e-3
            assert opened.confidence == max(value for value in held if value is not None)


@settings(deadline=None)
@given(rules, st.floats(0.5, 10.0), st.data())
def test_a_lasting_condition_opens_one_incident_within_hold_and_one_interval(
    spec: RuleSpec, fps: float, data: st.DataObject
) -> None:
    interval_s = 1.0 / fps
    now_s, state, opened_at_s = 0.0, TrackerState(last_s=-1.0, specs=(spec,)), None
    while now_s <= spec.hold_s + 4 * interval_s:
        state, transitions = step(state, {spec.event_type: Sample(1.0)}, now_s)
        if transitions:
            assert opened_at_s is None
            (opened,) = transitions
            assert (opened.phase, opened.start_s) == (Phase.OPENED, 0.0)
            opened_at_s = now_s
        now_s += interval_s * data.draw(st.floats(0.8, 1.2))
    assert opened_at_s is not None
    assert spec.hold_s - 1e-3 <= opened_at_s <= spec.hold_s + 1.2 * interval_s


@settings(deadline=None)
@given(without_median, streams(st.sampled_from([0.0, 1.0])))
def test_a_condition_shorter_than_its_hold_opens_nothing(
    spec: RuleSpec, stream: list[Timed]
) -> None:
    stretches: list[float] = []
    began_s: float | None = None
    for at_s, score in stream:
        if score == 1.0:
            began_s = at_s if began_s is None else began_s
            stretches.append(at_s - began_s)
        else:
            began_s = None
    if max(stretches, default=0.0) < spec.hold_s - 1e-3:
        assert run(spec, stream) == []


@settings(deadline=None)
@given(rules, st.floats(0.5, 10.0), st.data())
def test_an_open_incident_ends_where_its_score_fell_once_the_release_is_over(
    spec: RuleSpec, fps: float, data: st.DataObject
) -> None:
    interval_s = 1.0 / fps
    stream: list[Timed] = [(tenths / 10 * spec.hold_s - spec.hold_s, 1.0) for tenths in range(11)]
    fell_s = now_s = interval_s * data.draw(st.floats(0.8, 1.2))
    while now_s - fell_s <= spec.release_s + 2 * interval_s:
        stream.append((now_s, 0.0))
        now_s += interval_s * data.draw(st.floats(0.8, 1.2))
    (closed,) = phases(run(spec, stream), Phase.CLOSED)
    assert closed.end_s == fell_s


def test_a_dip_shorter_than_the_release_does_not_split_an_incident() -> None:
    stream = [(at / 4, 1.0) for at in range(13)]
    dip = [(3.25, 0.0), (3.5, 0.0), (3.75, 0.0)]
    (closed,) = phases(run(RULE, [*stream, *dip, (4.0, 1.0), (6.0, 1.0)]), Phase.CLOSED)
    assert (closed.start_s, closed.end_s) == (0.0, 6.0)


def test_a_score_between_exit_and_enter_continues_an_episode_but_begins_none() -> None:
    assert run(RULE, [(0.0, 0.5), (1.0, 0.5), (2.0, 0.5), (3.0, 0.5)]) == []
    assert len(run(RULE, [(0.0, 0.7), (1.0, 0.5), (2.0, 0.5)])) == 2


@settings(deadline=None)
@given(rules, streams(st.none()))
def test_unknown_opens_nothing(spec: RuleSpec, stream: list[Timed]) -> None:
    assert run(spec, stream) == []


@settings(deadline=None)
@given(rules, st.lists(st.floats(0.1, 2.4), min_size=5, max_size=40))
def test_unknown_never_prolongs_an_incident_beyond_its_patience(
    spec: RuleSpec, waits_s: list[float]
) -> None:
    stream: list[Timed] = [(0.0, 1.0), (spec.hold_s / 3, 1.0)]
    stream += [(spec.hold_s * 2 / 3, 1.0), (spec.hold_s, 1.0)]
    now_s = spec.hold_s
    for wait_s in waits_s:
        now_s += wait_s
        stream.append((now_s, None))
    found = run(spec, stream)
    assert [one.phase for one in found] == [Phase.OPENED, Phase.CLOSED]
    end_s = found[-1].end_s
    assert end_s is not None
    if now_s - spec.hold_s > spec.patience_s + 1e-3:
        assert end_s == pytest.approx(spec.hold_s)
    else:
        assert end_s <= spec.hold_s + spec.patience_s


def test_positives_further_apart_than_the_patience_are_not_one_episode() -> None:
    assert run(RULE, [(0.0, 1.0), (2.6, 1.0)]) == []
    assert len(run(RULE, [(0.0, 1.0), (2.4, 1.0)])) == 2


@settings(deadline=None)
@given(streams(), st.data())
def test_duplicated_and_late_observations_change_nothing(
    stream: list[Timed], data: st.DataObject
) -> None:
    state = TrackerState(last_s=-1.0)
    for now_s, score in stream:
        one = observation(now_s, faces=None if score is None else round(score))
        state, _, _ = observe(state, one, now_s)
        late_s = data.draw(st.floats(-1.0, now_s))
        again = observe(state, observation(late_s, faces=0, phone=1.0), late_s)
        assert again == (state, (), {})


def test_a_missing_face_is_reported_from_when_it_left_until_it_came_back() -> None:
    found: list[Transition] = []
    state = TrackerState(last_s=-1.0)
    for tenth in range(100):
        at_s = tenth / 10
        away = 3.0 <= at_s < 7.0
        state, transitions, _ = observe(state, observation(at_s, faces=0 if away else 1), at_s)
        found.extend(transitions)
    (opened, closed) = found
    assert (opened.phase, opened.event_type) == (Phase.OPENED, EventType.FACE_ABSENT)
    assert (closed.start_s, closed.end_s) == (3.0, 7.0)
    assert open_types(state) == ()


def test_a_phone_needs_more_than_one_picture() -> None:
    once = [(0.0, 0.9), (0.25, None), (0.5, None), (0.75, None), (1.0, 0.0)]
    twice = [(0.0, 0.9), (0.25, None), (0.5, None), (0.75, None), (1.0, 0.9)]
    (phone,) = (spec for spec in DEFAULT_RULES if spec.event_type is EventType.PHONE)
    assert run(phone, once) == []
    assert len(run(phone, twice)) == 2


def test_a_gap_opens_from_the_last_observation_and_closes_with_the_next() -> None:
    state, _, _ = observe(TrackerState(last_s=0.0), observation(10.0), 10.0)
    found: list[Transition] = []
    for now_s in (11.0, 12.0, 13.0, 14.0, 15.0, 16.0):
        state, transitions = tick(state, now_s)
        found.extend(transitions)
    assert [(one.event_type, one.start_s) for one in found] == [(EventType.MONITORING_GAP, 10.0)]
    state, transitions, _ = observe(state, observation(17.0), 17.0)
    assert [(one.phase, one.end_s) for one in transitions] == [(Phase.CLOSED, 17.0)]


def test_silence_shorter_than_a_second_and_a_half_is_no_gap() -> None:
    state = TrackerState(last_s=10.0)
    assert tick(state, 10.0 + SILENCE_S - 0.01) == (state, ())


def test_an_absence_ends_with_the_stream_when_the_camera_goes_silent() -> None:
    state = TrackerState(last_s=-1.0)
    for at_s in (0.0, 1.0, 2.0, 3.0):
        state, _, _ = observe(state, observation(at_s, faces=0), at_s)
    assert open_types(state) == (EventType.FACE_ABSENT,)
    found: list[Transition] = []
    for now_s in (5.0, 6.0, 7.0, 8.0, 9.0):
        state, transitions = tick(state, now_s)
        found.extend(transitions)
    ended = [(one.event_type, one.end_s) for one in phases(found, Phase.CLOSED)]
    assert ended == [(EventType.FACE_ABSENT, 3.0)]
    assert open_types(state) == (EventType.MONITORING_GAP,)


def test_a_finished_stream_is_idle_and_finishing_twice_reports_nothing() -> None:
    state = TrackerState(last_s=-1.0, specs=(RULE,))
    for at_s in (0.0, 1.0, 2.0):
        state, _ = step(state, {RULE.event_type: Sample(1.0)}, at_s)
    state, closed = finish(state, 2.0)
    assert (len(closed), state.rules) == (1, (IDLE,))
    assert finish(state, 3.0) == (state, ())


def test_what_was_let_go_does_not_come_back_with_an_earlier_start() -> None:
    state = TrackerState(last_s=-1.0, specs=(replace(RULE, hold_s=0.0),))
    frozen = {RULE.event_type: Sample(1.0, "frozen", since_s=1.0)}
    state, _ = step(state, frozen, 11.0)
    state, transitions = step(state, frozen, 20.0)
    assert [(one.phase, one.start_s, one.end_s) for one in transitions] == [
        (Phase.CLOSED, 1.0, 11.0),
        (Phase.OPENED, 20.0, None),
    ]


def test_a_gap_stays_one_however_late_the_clock_ticks() -> None:
    assert tick(tick(TrackerState(last_s=0.0), 6.0)[0], 600.0)[1] == ()
