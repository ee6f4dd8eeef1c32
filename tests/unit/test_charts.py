"""The timeline: a pure function of what it shows."""

import json
from typing import Any

from proctor_app.domain.incident import EventType, Severity
from proctor_app.services.wall import WallRow
from proctor_app.state.charts import timeline
from tests.records import after, attempt, incident, row

_NOTICE: dict[str, Any] = {
    "event_type": EventType.MONITORING_GAP,
    "severity": Severity.NOTICE,
}


def _figure(*rows: WallRow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(timeline(rows, after(60)).to_json())
    return found


def _bars(figure: dict[str, Any], name: str) -> dict[str, Any]:
    (trace,) = (trace for trace in figure["data"] if trace.get("name") == name)
    return dict(trace)


def test_given_nobody_runs_then_the_figure_is_empty_but_whole() -> None:
    figure = _figure()

    assert _bars(figure, "Alert")["y"] == _bars(figure, "Notice")["y"] == []
    assert figure["layout"]["uirevision"] == "timeline"  # a zoom survives the next push
    assert "template" not in figure["layout"]


def test_given_incidents_then_each_is_a_bar_of_its_severity_beginning_when_it_did() -> None:
    absent = incident(opened_at=after(10), closed_at=after(15))
    gap = incident(opened_at=after(30), closed_at=None, **_NOTICE)

    figure = _figure(row(absent, gap))

    alerts, notices = _bars(figure, "Alert"), _bars(figure, "Notice")
    assert (alerts["y"], alerts["base"]) == (["Ana"], [after(10).isoformat()])
    assert alerts["x"] == [5000.0]
    assert alerts["customdata"] == [["Face not detected", 5.0]]
    assert notices["x"] == [30_000.0]  # open: until now
    assert notices["customdata"] == [["Monitoring interrupted", 30.0]]


def test_given_a_short_incident_then_its_bar_is_wide_enough_to_be_seen() -> None:
    figure = _figure(row(incident(opened_at=after(10), closed_at=after(10.1))))

    assert _bars(figure, "Alert")["x"] == [1500.0]
    assert _bars(figure, "Alert")["customdata"] == [["Face not detected", 0.1]]


def test_given_two_candidates_then_the_first_of_the_wall_is_on_top() -> None:
    figure = _figure(
        row(candidate="Ana", attempt=attempt(id="a")), row(candidate="Ben", attempt=attempt(id="b"))
    )

    assert figure["layout"]["yaxis"]["categoryarray"] == ["Ben", "Ana"]


def test_given_two_candidates_of_one_name_then_each_has_a_line_of_its_own() -> None:
    one, two = attempt(id="aaaa-1"), attempt(id="bbbb-2")

    figure = _figure(
        row(incident(attempt_id="aaaa-1"), attempt=one),
        row(incident(attempt_id="bbbb-2"), attempt=two),
    )

    assert sorted(_bars(figure, "Alert")["y"]) == ["Ana (aaaa)", "Ana (bbbb)"]


def test_given_a_name_that_looks_like_markup_then_it_stays_text() -> None:
    name = '<a href="https://evil.example">Ana</a>'

    figure = _figure(row(incident(), candidate=name))

    assert "<a" not in json.dumps(figure)
    assert _bars(figure, "Alert")["y"] == [
        "&lt;a href=&quot;https://evil.example&quot;&gt;Ana&lt;/a&gt;"
    ]


def test_given_very_many_incidents_then_the_newest_are_shown() -> None:
    many = [incident(opened_at=after(n / 10), closed_at=after(n / 10 + 1)) for n in range(500)]

    alerts = _bars(_figure(row(*many)), "Alert")

    assert len(alerts["base"]) == 400
    assert alerts["base"][-1] == after(49.9).isoformat()


def test_given_running_attempts_then_the_axis_goes_from_the_first_start_to_now() -> None:
    rows = [row(attempt=attempt(id=str(n), started_at=after(-n))) for n in (5, 60)]

    figure = _figure(*rows, row(attempt=attempt(id="none", started_at=None)))

    assert figure["layout"]["xaxis"]["range"] == [after(-60).isoformat(), after(60).isoformat()]
