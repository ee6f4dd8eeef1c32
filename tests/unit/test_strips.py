"""One attempt over time: a pure function of what it shows."""

import itertools
import json
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import Level
from proctor_app.domain.incident import EventType, Severity, Verdict
from proctor_app.services.desk import Break, CandidateView, Span, Stream
from proctor_app.services.traces import Trace
from proctor_app.services.views import IncidentView
from proctor_app.state.strips import timeline
from tests.records import START, after, attempt, incident


def view(*incidents: IncidentView, **changes: Any) -> CandidateView:
    found = CandidateView(
        now=after(600),
        attempt=attempt(),
        candidate="Ana",
        title="Arithmetic",
        level=Level.CAMERA,
        compliance=100.0,
        terms=(),
        incidents=incidents,
        shots={},
        spans=(),
        questions=(),
        history=(),
        others=(),
        stream=Stream(),
    )
    return replace(found, **changes)


def _trace(**scores: tuple[float | None, ...]) -> Trace:
    named = {EventType(kind): values for kind, values in scores.items()}
    return Trace(START, 2.0, {EventType.FACE_ABSENT: (0.0, 0.1), **named}, (2, None))


def _figure(found: CandidateView, trace: Trace | None = None) -> dict[str, Any]:
    drawn: dict[str, Any] = json.loads(timeline(found, trace).to_json())
    return drawn


def _bars(figure: dict[str, Any], name: str) -> dict[str, Any]:
    (trace,) = (trace for trace in figure["data"] if trace.get("name") == name)
    return dict(trace)


def _strips(figure: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The lines by the names beside them."""
    found = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    axes = [figure["layout"][trace["yaxis"].replace("y", "yaxis")] for trace in found]
    return {axis["ticktext"][0]: trace for axis, trace in zip(axes, found, strict=True)}


def test_given_nothing_happened_then_the_figure_is_whole_and_keeps_its_zoom() -> None:
    figure = _figure(view())

    assert _bars(figure, "Alert")["y"] == []
    assert figure["layout"]["uirevision"] == "an-attempt"
    assert figure["layout"]["yaxis"]["categoryarray"] == ["Monitoring"]
    assert "template" not in figure["layout"]


def test_given_incidents_then_each_is_a_bar_of_its_type_on_the_attempts_own_time() -> None:
    phone = incident(id=3, event_type=EventType.PHONE, opened_at=after(90), closed_at=after(95))
    gaze = incident(
        id=4,
        event_type=EventType.GAZE_OFF_SCREEN,
        severity=Severity.NOTICE,
        opened_at=after(570),
        closed_at=None,
    )

    figure = _figure(view(phone, gaze))

    alerts, notices = _bars(figure, "Alert"), _bars(figure, "Notice")
    assert (alerts["y"], alerts["base"]) == (["Phone"], ["1970-01-01T00:01:30.000"])
    assert (alerts["x"], alerts["customdata"]) == ([5000.0], [[3, "Phone detected", "5 s"]])
    assert notices["x"] == [30_000.0]  # open: until now
    assert notices["customdata"] == [[4, "Eye movement detected", "30 s, open"]]
    assert figure["layout"]["yaxis"]["categoryarray"] == ["Monitoring", "Gaze", "Phone"]


def test_given_alerts_notices_and_dismissed_ones_then_a_pattern_tells_them_apart_as_well() -> None:
    figure = _figure(view(incident(verdict=Verdict.PASSED)))

    looks = {
        name: _bars(figure, name)["marker"]["pattern"]["shape"]
        for name in ("Alert", "Notice", "Dismissed", "No picture", "Interrupted", "Paused")
    }
    assert len({looks["Alert"], looks["Notice"], looks["Dismissed"]}) == 3
    assert len({looks["No picture"], looks["Interrupted"], looks["Paused"]}) == 3
    assert _bars(figure, "Dismissed")["y"] == ["No face"]
    assert _bars(figure, "Alert")["y"] == []


def test_given_a_moment_then_its_bar_is_wide_enough_to_be_seen_and_its_length_is_told() -> None:
    short = incident(opened_at=after(10), closed_at=after(10.1))

    alerts = _bars(_figure(view(short)), "Alert")

    assert (alerts["x"], alerts["customdata"][0][2]) == ([2400.0], "0.1 s")  # of ten minutes


@pytest.mark.parametrize(
    ("kind", "name"), [("gap", "No picture"), ("interrupted", "Interrupted"), ("paused", "Paused")]
)
def test_given_a_time_without_monitoring_then_it_is_a_band_and_a_bar_with_its_own_name(
    kind: Break, name: str
) -> None:
    figure = _figure(view(spans=(Span(kind, after(60), after(120)), Span(kind, after(590), None))))

    bars = _bars(figure, name)
    assert (bars["y"], bars["x"]) == (["Monitoring"] * 2, [60_000.0, 10_000.0])
    assert [(band["x0"], band["x1"]) for band in figure["layout"]["shapes"]] == [
        ("1970-01-01T00:01:00.000", "1970-01-01T00:02:00.000"),
        ("1970-01-01T00:09:50.000", "1970-01-01T00:10:00.000"),
    ]
    assert [data[0] for data in bars["customdata"]] == [0, 0]  # no incident to be chosen


def test_given_a_time_of_which_nothing_is_known_then_it_is_a_band_as_well_but_no_break_twice() -> (
    None
):
    frames = (2,) * 5 + (None,) * 10 + (2,) * 5 + (None,) * 10 + (2, None, 2)
    trace = Trace(START, 2.0, {EventType.FACE_ABSENT: (0.0,) * 33}, frames)

    figure = _figure(view(spans=(Span("paused", after(39), after(61)),)), trace)

    assert _bars(figure, "No picture")["base"] == ["1970-01-01T00:00:10.000"]
    assert _bars(figure, "No picture")["x"] == [20_000.0]
    assert len(figure["layout"]["shapes"]) == 2


def test_given_a_break_that_goes_on_then_it_is_drawn_until_now_and_no_further() -> None:
    figure = _figure(view(now=after(20), spans=(Span("gap", after(5), None),)))

    assert _bars(figure, "No picture")["x"] == [15_000.0]
    assert figure["layout"]["shapes"][0]["x1"] == "1970-01-01T00:00:20.000"


def test_given_gaps_among_the_incidents_then_they_are_drawn_once_as_bands() -> None:
    gap = incident(event_type=EventType.MONITORING_GAP, severity=Severity.NOTICE)

    figure = _figure(view(gap, spans=(Span("gap", gap.opened_at, None),)))

    assert _bars(figure, "Notice")["y"] == []
    assert _bars(figure, "No picture")["y"] == ["Monitoring"]


def test_given_a_trace_then_the_face_and_what_stirred_have_strips_and_the_rate_its_own() -> None:
    trace = _trace(phone=(0.2, 0.93), gaze_off_screen=(0.1, None), head_turned=(None, None))

    strips = _strips(_figure(view(), trace))

    assert list(strips) == ["No face", "Phone", "Pictures / s"]
    assert strips["Phone"]["y"] == [20, 93]
    assert strips["Pictures / s"]["y"] == [2, None]  # unknown is no zero
    assert (strips["Phone"]["x0"], strips["Phone"]["dx"]) == ("1970-01-01T00:00:00.000", 2000.0)
    assert strips["Phone"]["connectgaps"] is False


def test_given_a_rule_that_judges_now_and_then_then_its_single_values_are_points() -> None:
    often = _trace(phone=(0.9, 0.8))
    seldom = replace(often, scores={**often.scores, EventType.PHONE: (None, 0.8)})

    modes = [_strips(_figure(view(), one))["Phone"]["mode"] for one in (often, seldom)]

    assert modes == ["lines", "lines+markers"]


def test_given_very_many_rules_that_stirred_then_the_strips_are_bounded() -> None:
    loud = {kind.value: (0.9, 0.9) for kind in EventType if kind is not EventType.FACE_ABSENT}

    figure = _figure(view(), _trace(**loud))

    assert len(_strips(figure)) == 11  # with the rate
    assert figure["layout"]["height"] < 700


def test_given_strips_then_every_axis_has_its_own_place_below_the_bars() -> None:
    layout = _figure(view(), _trace(phone=(0.9, 0.9)))["layout"]

    places = [layout[name]["domain"] for name in ("yaxis", "yaxis2", "yaxis3", "yaxis4")]
    assert places[0][1] == 1
    assert [low for low, _ in places] == sorted((low for low, _ in places), reverse=True)
    assert all(below[1] < above[0] for above, below in itertools.pairwise(places))
    assert layout["xaxis"]["anchor"] == "y4"


def test_given_very_many_incidents_then_the_newest_bars_are_drawn() -> None:
    many = [incident(id=n, opened_at=after(n), closed_at=after(n + 1)) for n in range(1, 501)]

    alerts = _bars(_figure(view(*many)), "Alert")

    assert [data[0] for data in alerts["customdata"]] == list(range(101, 501))


def test_given_a_text_of_a_client_that_looks_like_markup_then_it_stays_text() -> None:
    note = incident(
        event_type=EventType.CLIENT_NOTE, detail='<a href="https://evil.example">here</a>'
    )

    assert "<a" not in json.dumps(_figure(view(note)))


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, "1970-01-01T00:10:00.000"),  # running: now
        (
            {"status": AttemptStatus.SUBMITTED, "ended_at": after(300)},
            "1970-01-01T00:05:00.000",
        ),
        (
            {"status": AttemptStatus.SUBMITTED, "ended_at": after(5)},
            "1970-01-01T00:01:00.000",  # a minute at least
        ),
    ],
)
def test_given_an_attempt_then_the_axis_goes_from_its_start_to_its_end(
    changes: dict[str, AttemptStatus | datetime], end: str
) -> None:
    figure = _figure(view(attempt=attempt(**changes)))

    assert figure["layout"]["xaxis"]["range"] == ["1970-01-01T00:00:00.000", end]
