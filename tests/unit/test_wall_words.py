"""The wall in words, and its feed: repeats as one, grey for what nobody can judge."""

from datetime import timedelta

import pytest

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType, Severity
from proctor_app.services.live import LiveStatus
from proctor_app.services.wall import Attendance
from proctor_app.services.wall_feed import REPEATS_WITHIN, FeedItem, grouped
from proctor_app.state import wall_words
from proctor_app.state.shown import Chip
from tests.records import START, after, note, row, seat

MINUTE = 60.0


def test_given_repeats_then_they_are_one_item_that_counts_them() -> None:
    notes = [note(id=n, opened_at=after(n * 5 * MINUTE)) for n in (5, 4, 3)]

    (item,) = grouped(notes)

    assert (item.newest.id, item.times) == (5, 3)


def test_given_a_longer_rest_then_it_begins_anew() -> None:
    rest_s = REPEATS_WITHIN.total_seconds() + 1
    notes = [note(id=2, opened_at=after(rest_s)), note(id=1, opened_at=START)]

    assert [(item.newest.id, item.times) for item in grouped(notes)] == [(2, 1), (1, 1)]


def test_given_other_types_or_candidates_then_they_stand_apart_in_their_order() -> None:
    notes = [
        note(id=4, opened_at=after(4)),
        note(id=3, opened_at=after(3), attempt_id="another"),
        note(id=2, opened_at=after(2), event_type=EventType.PHONE),
        note(id=1, opened_at=after(1)),
    ]

    found = [(item.newest.id, item.times) for item in grouped(notes)]

    assert found == [(4, 2), (3, 1), (2, 1)]


def test_given_more_than_there_is_room_for_then_the_newest_are_told_and_still_count() -> None:
    notes = [
        note(id=n, opened_at=after(n), attempt_id=f"attempt {n % 10}") for n in range(30, 0, -1)
    ]

    found = grouped(notes, limit=4)

    assert [(item.newest.id, item.times) for item in found] == [(30, 3), (29, 3), (28, 3), (27, 3)]


@pytest.mark.parametrize(("times", "again"), [(1, ""), (2, "second time"), (3, "third time")])
def test_given_an_item_then_its_line_says_how_often(times: int, again: str) -> None:
    line = wall_words.line(FeedItem(note(closed_at=after(7)), times), ("Eve",))

    assert (line.again, line.looking) == (again, ["Eve"])
    assert line.closed_ms - line.opened_ms == 7000
    assert wall_words.line(FeedItem(note(), 12), ()).again == "12 times"


def test_given_open_incidents_then_the_tile_shows_some_and_counts_the_others() -> None:
    notes = [note(id=n) for n in range(5)]

    tile = wall_words.tile(row(seat(*notes)))

    assert (len(tile.incidents), tile.more, tile.rank) == (3, 2, "alert")
    notice = note(severity=Severity.NOTICE)
    assert wall_words.tile(row(seat(notice))).rank == "notice"
    assert wall_words.tile(row(seat())).rank == ""


@pytest.mark.parametrize(
    ("changes", "live", "about", "neutral"),
    [
        ({}, LiveStatus("one"), Chip("ok", "Clear"), []),
        ({}, LiveStatus("unknown"), Chip("unknown", "Can't be judged now"), []),
        (
            {},
            LiveStatus("unknown", "dark"),
            Chip("unknown", "Can't be judged now"),
            ["Picture too dark"],
        ),
        (
            {"status": AttemptStatus.INTERRUPTED},
            LiveStatus(),
            Chip("unknown", "Interrupted"),
            [],
        ),
        ({"status": AttemptStatus.PAUSED}, LiveStatus(), Chip("unknown", "Paused"), []),
    ],
)
def test_given_nothing_open_then_what_is_poor_is_grey_and_apart_from_suspicion(
    changes: dict[str, object], live: LiveStatus, about: Chip, neutral: list[str]
) -> None:
    tile = wall_words.tile(row(seat(**changes), live=live))

    assert (tile.about, tile.neutral) == (about, neutral)


def test_given_an_exam_without_a_camera_then_only_its_page_can_fall_silent() -> None:
    tile = wall_words.tile(row(live=LiveStatus(), has_camera=False, is_silent=True))

    assert tile.about == Chip("none", "No camera in this exam")
    assert (tile.camera, tile.neutral) == ("no", ["No sign of the page"])


def test_given_questions_and_a_clock_then_the_tile_tells_both() -> None:
    ends_at = START + timedelta(minutes=48)

    tile = wall_words.tile(row(seat(answered=9, questions=20, ends_at=ends_at)))
    still = wall_words.tile(row(seat(ends_at=None, left_s=90.4)))

    assert (tile.progress, tile.done) == ("9 of 20", 0.45)
    assert (tile.ends_ms, tile.left_s) == (round(ends_at.timestamp() * 1000), -1)
    assert (still.progress, still.ends_ms, still.left_s) == ("", 0, 90)


@pytest.mark.parametrize("word", ["", "high", "ALERT"])
def test_given_a_word_that_is_no_severity_then_every_one_is_meant(word: str) -> None:
    assert wall_words.severity(word) is None
    assert wall_words.severity("alert") is Severity.ALERT


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Attendance(0, 0, None), "0 have begun"),
        (Attendance(1, 0, None), "1 has begun"),
        (Attendance(12, 3, None), "12 have begun, 3 in check-in"),
        (Attendance(1, 2, 30), "1 of 30 have begun, 2 in check-in"),
    ],
)
def test_given_an_exam_then_it_is_said_how_many_have_begun(found: Attendance, words: str) -> None:
    assert wall_words.begun(found) == words
