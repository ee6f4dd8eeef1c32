"""The page about a recording: what it says, and that nothing in it is taken for markup."""

from datetime import UTC, datetime

import pytest

from proctor_app.domain.incident import EventType, Phase, Severity, Transition
from proctor_app.recordings.charts import stirred, timeline
from proctor_app.recordings.page import About, render
from proctor_app.vision.notes import Mark, Notes
from proctor_app.vision.recording import Report
from proctor_app.vision.rules import DEFAULT_RULES

ABOUT = About(
    "exam <1>.mp4", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), 4.0, "model@1, lib 2", "0.1.0"
)
PHONE = Transition(Phase.CLOSED, EventType.PHONE, Severity.ALERT, 1.0, 3.5, 0.8)
BOOK = Transition(
    Phase.CLOSED, EventType.FRAME_QUALITY_LOW, Severity.NOTICE, 5.0, 9.0, 1.0, "<dark>"
)


@pytest.fixture
def notes() -> Notes:
    """Ten seconds; the phone's detector ran every second."""
    marks = [Mark(i / 4, (), None, None, None, "one" if i else "unknown", "") for i in range(40)]
    phone: list[float | None] = [
        (0.8 if 4 <= i < 14 else 0.05) if i % 4 == 0 else None for i in range(40)
    ]
    calm: list[float | None] = [0.02] * 40
    unknown: list[float | None] = [None] * 40
    scores: dict[EventType, list[float | None]] = {
        EventType.PHONE: phone,
        EventType.FACE_ABSENT: calm,
        EventType.MULTIPLE_FACES: unknown,
        EventType.FRAME_QUALITY_LOW: [1.0 if 20 <= i < 36 else 0.0 for i in range(40)],
    }
    return Notes(marks, scores, {(EventType.PHONE, 1.0): b"\xff\xd8jpeg"})


def report(*incidents: Transition) -> Report:
    return Report(10.0, 10.0, 0.975, 88.2, incidents)


def test_the_page_names_incidents_score_rules_and_models(notes: Notes) -> None:
    page = render(ABOUT, report(PHONE, BOOK), notes, DEFAULT_RULES)
    for words in ("Phone detected", "0:01.0", "0:03.5", "2.5 s", "80%", "88.2", "98%", "model@1",
                  "02 January 2026", "Quiet throughout",
                  "Not judged in this recording"):  # fmt: skip
        assert words in page, words
    assert page.count("data:image/jpeg;base64,") == 1


def test_names_and_details_are_never_markup(notes: Notes) -> None:
    page = render(ABOUT, report(BOOK), notes, DEFAULT_RULES)
    assert "exam &lt;1&gt;.mp4" in page
    assert "<dark>" not in page
    assert "&lt;dark&gt;" in page


def test_a_recording_without_incidents_says_so(notes: Notes) -> None:
    page = render(ABOUT, Report(10.0, None, None, 100.0, ()), notes, DEFAULT_RULES)
    assert "No rule opened an incident" in page
    assert "Nothing was taken off" in page


def test_only_rules_that_stirred_get_a_strip(notes: Notes) -> None:
    assert stirred(notes, report(PHONE)) == {EventType.PHONE, EventType.FRAME_QUALITY_LOW}
    assert EventType.FACE_ABSENT not in stirred(notes, report())


def test_a_detector_that_looks_less_often_leaves_no_gap_but_a_long_silence_does() -> None:
    marks = [Mark(i / 4, (), None, None, None, "one", "") for i in range(80)]
    scores: list[float | None] = [0.5 if i % 4 == 0 else None for i in range(80)]
    scores[20:44] = [None] * 24
    notes = Notes(marks, {EventType.PHONE: scores})
    figure = timeline(notes, Report(20.0, 20.0, 1.0, 100.0, ()), DEFAULT_RULES)
    (line,) = [trace for trace in figure.data if trace.type == "scatter"]
    assert [value is None for value in line.y].count(True) == 1


def test_a_long_recording_keeps_its_peaks_in_few_points() -> None:
    marks = [Mark(i / 4, (), None, None, None, "one", "") for i in range(20_000)]
    scores: list[float | None] = [0.0] * 20_000
    scores[12_345] = 0.9
    notes = Notes(marks, {EventType.PHONE: scores})
    figure = timeline(notes, Report(5000.0, 5000.0, 1.0, 100.0, ()), DEFAULT_RULES)
    (line,) = [trace for trace in figure.data if trace.type == "scatter"]
    assert len(line.y) <= 1500
    assert max(line.y) == 0.9
