"""What the page about one candidate says: plain, and unknown held against nobody."""

from typing import Any

import pytest

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import Level
from proctor_app.domain.incident import EventType, Severity
from proctor_app.domain.score import ScoreTerm
from proctor_app.services.desk import HistoryLine, QuestionDot, Stream, Term
from proctor_app.services.evidence import EvidenceView, Moment
from proctor_app.services.live import LiveStatus
from proctor_app.state import candidate_asks
from proctor_app.state import candidate_words as words
from proctor_app.state.shown import Chip
from tests.records import after, attempt, incident
from tests.unit.test_strips import view


@pytest.mark.parametrize(
    ("changes", "chip"),
    [
        ({"stream": Stream(picture_age_s=0.4)}, Chip("ok", "Connected")),
        ({"stream": Stream(picture_age_s=9.2)}, Chip("unknown", "No picture for 9 s")),
        ({"stream": Stream()}, Chip("unknown", "No picture yet")),
        ({"level": Level.BROWSER}, Chip("ok", "Connected")),
        (
            {"attempt": attempt(status=AttemptStatus.INTERRUPTED)},
            Chip("unknown", "Connection interrupted"),
        ),
        ({"attempt": attempt(status=AttemptStatus.PAUSED)}, Chip("none", "Paused")),
        ({"attempt": attempt(status=AttemptStatus.SUBMITTED)}, Chip("none", "Ended")),
    ],
)
def test_given_a_connection_then_it_is_told_apart_from_any_suspicion(
    changes: dict[str, Any], chip: Chip
) -> None:
    assert words.signs(view(**changes)).link == chip


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"stream": Stream(LiveStatus("one"), 0.1)}, "Face visible"),
        ({"stream": Stream(LiveStatus("none", "dark"), 0.1)}, "Picture too dark"),
        ({"level": Level.BROWSER}, "No camera in this exam"),
        ({"attempt": attempt(status=AttemptStatus.PAUSED)}, "Not monitored now"),
    ],
)
def test_given_what_the_camera_shows_then_it_is_a_word(changes: dict[str, Any], text: str) -> None:
    assert words.signs(view(**changes)).seen.text == text


def test_given_incidents_then_open_ones_come_first_then_alerts_then_the_newest() -> None:
    notice = {"severity": Severity.NOTICE, "event_type": EventType.HEAD_TURNED}
    found = words.listed(
        view(
            incident(id=1, opened_at=after(1), closed_at=after(2)),
            incident(id=2, opened_at=after(9), closed_at=after(10), **notice),
            incident(id=3, opened_at=after(5), closed_at=None, **notice),
            incident(id=4, opened_at=after(65), closed_at=after(70)),
        )
    )

    assert [one.id for one in found] == [3, 4, 1, 2]
    assert (found[1].into, found[1].lasted, found[0].is_open) == ("01:05", "5 s", True)


def test_given_pictures_then_an_incident_is_listed_with_the_one_at_its_opening_or_the_first() -> (
    None
):
    at = after(1)
    before, opening = EvidenceView(0, Moment.BEFORE, at), EvidenceView(1, Moment.AT, at)
    shots = {1: (before, opening), 2: (before,)}
    found = words.listed(
        view(*(incident(id=n, opened_at=after(-n), closed_at=at) for n in (1, 2, 3)), shots=shots)
    )

    assert [(one.pictures, one.picture) for one in found] == [
        (2, "/api/v1/incidents/1/evidence/1"),
        (1, "/api/v1/incidents/2/evidence/0"),
        (0, ""),
    ]


def test_given_very_many_incidents_then_a_hundred_are_listed() -> None:
    many = [incident(id=n, opened_at=after(n), closed_at=after(n)) for n in range(1, 151)]

    assert [one.id for one in words.listed(view(*many))] == list(range(150, 50, -1))


def test_given_answers_then_progress_says_how_many_and_each_dot_says_its_own_in_words() -> None:
    dots = (QuestionDot(1, True, False, False), QuestionDot(2, False, True, True))

    progress = words.progress(dots)

    assert (progress.words, progress.now) == (
        "1 of 2 answered, 1 flagged",
        "Now at question 2 of 2",
    )
    assert words.dot(dots[0]).words == "Question 1, answered"
    assert (
        words.dot(dots[1]).words
        == "Question 2, no answer, flagged for later, before the candidate now"
    )
    assert words.progress(()).words == ""


@pytest.mark.parametrize("event_type", EventType)
def test_given_any_type_then_its_term_has_a_name(event_type: EventType) -> None:
    shown = words.term(Term(ScoreTerm(event_type, 3, 12.34), 20.0, is_capped=False))

    assert shown.name
    assert (shown.times, shown.points) == ("3 times", "\N{MINUS SIGN}12.3")


def test_given_time_that_only_passes_then_the_browser_is_told_nothing_new() -> None:
    before, later = (words.time_left(view(now=after(seconds))) for seconds in (10, 20))
    paused = words.time_left(
        view(now=after(20), attempt=attempt(status=AttemptStatus.PAUSED, paused_at=after(20)))
    )

    assert (before.remaining_s, later.remaining_s) == (7190, 7180)
    assert words.same_time(before, later)
    assert not words.same_time(later, paused)
    assert words.time_left(view(attempt=attempt(started_at=None))).remaining_s < 0


@pytest.mark.parametrize(
    ("status", "can"),
    [
        (AttemptStatus.READY, (False, False, False)),
        (AttemptStatus.RUNNING, (True, False, True)),
        (AttemptStatus.INTERRUPTED, (True, False, True)),
        (AttemptStatus.PAUSED, (False, True, True)),
        (AttemptStatus.SUBMITTED, (False, False, False)),
        (AttemptStatus.UNDER_REVIEW, (False, False, False)),
    ],
)
def test_given_a_status_then_only_what_its_table_allows_can_be_done(
    status: AttemptStatus, can: tuple[bool, bool, bool]
) -> None:
    started_at = None if status is AttemptStatus.READY else after(0)

    head = words.head(view(attempt=attempt(status=status, started_at=started_at)))

    assert (head.can_pause, head.can_resume, head.can_terminate) == can


def test_given_what_ends_an_attempt_then_a_reason_is_asked_for_and_it_is_grave() -> None:
    ending, pausing = (candidate_asks.asked(kind, "Ana") for kind in ("terminate", "pause"))

    assert ending is not None
    assert pausing is not None
    assert (ending.is_needed, ending.is_grave, "Ana" in ending.title) == (True, True, True)
    assert (pausing.is_needed, pausing.field) == (False, "Reason (optional)")
    assert candidate_asks.asked("promote", "Ana") is None


def test_given_a_line_of_the_history_that_nobody_named_then_it_is_readable_all_the_same() -> None:
    assert words.line(HistoryLine(after(0), "something_new", "")).words == "Something new"
