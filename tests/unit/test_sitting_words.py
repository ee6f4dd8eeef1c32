"""Words of the exam page: pure, from what the services found to what a candidate reads."""

from datetime import UTC, datetime, timedelta

import pytest

from proctor_app.domain.exam import Level
from proctor_app.services.check_in import Looked
from proctor_app.state import sitting_words as words

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
GOOD = Looked(1, True, True, True, True, "good", "The picture is good.")


def kinds(camera: str, found: Looked | None) -> dict[str, str]:
    return {check.key: check.kind for check in words.checks(camera, found)}


def test_given_a_good_picture_then_every_check_is_good() -> None:
    assert kinds("live", GOOD) == {"camera": "ok", "light": "ok", "face": "ok"}


@pytest.mark.parametrize("camera", ["denied", "missing", "busy", "lost"])
def test_given_no_camera_then_it_is_needed_and_the_picture_is_not_judged(camera: str) -> None:
    assert kinds(camera, GOOD) == {"camera": "alert", "light": "unknown", "face": "unknown"}


@pytest.mark.parametrize(
    ("found", "light", "face"),
    [
        (Looked(0, False, False, True, True, "no_face", "No face is seen."), "ok", "notice"),
        (Looked(2, True, True, True, True, "several_faces", "Two."), "ok", "notice"),
        (Looked(1, False, True, True, True, "off_centre", "Move."), "ok", "notice"),
        (Looked(0, False, False, False, True, "dark", "Too dark."), "notice", "unknown"),
        (Looked(1, True, True, True, False, "blurred", "Blurred."), "notice", "ok"),
    ],
)
def test_given_a_poor_picture_then_what_is_wrong_is_named_and_nothing_is_made_up(
    found: Looked, light: str, face: str
) -> None:
    assert kinds("live", found) == {"camera": "ok", "light": light, "face": face}
    told = [check.words for check in words.checks("live", found) if check.kind == "notice"]
    assert told == [found.sentence]


@pytest.mark.parametrize(
    ("outcome", "tries", "kind", "part"),
    [
        ("matched", 1, "ok", "It is you."),
        ("no_template", 1, "unknown", "nothing to compare"),
        ("mismatch", 1, "notice", "try again"),
        ("unverifiable", 2, "notice", "try again"),
        ("mismatch", 3, "unknown", "You can go on"),
        ("unverifiable", 3, "unknown", "a person will look at it"),
    ],
)
def test_given_an_identity_check_then_its_words_lead_on_and_blame_nobody(
    outcome: str, tries: int, kind: str, part: str
) -> None:
    found, said = words.outcome(outcome, tries)
    assert found == kind
    assert part in said


def test_given_less_is_watched_then_the_notice_says_less() -> None:
    recorded = {level: dict(words.notices(level, 30))["What is recorded"] for level in Level}
    assert "camera" in recorded[Level.CAMERA]
    assert "camera" not in recorded[Level.BROWSER]
    assert "browser" in recorded[Level.BROWSER]
    assert "browser" not in recorded[Level.NONE]
    for level in Level:
        heads = [head for head, _ in words.notices(level, None)]
        assert heads == [
            "What is recorded",
            "How long it is kept",
            "Who sees it",
            "What follows from it",
        ]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (180, "For 180 days after the exam ends. Your institution removes it then."),
        (1, "For 1 day after the exam ends."),
        (3650, "For 3,650 days after the exam ends."),
        (None, "Until your institution removes it; it has set no number of days"),
    ],
)
def test_given_how_long_an_exam_keeps_then_the_notice_names_the_days_and_promises_no_program(
    days: int | None, said: str
) -> None:
    kept = dict(words.notices(Level.CAMERA, days))["How long it is kept"]
    assert kept.startswith(said)
    assert "not this program by itself" in kept
    assert "ask for its removal" in kept


@pytest.mark.parametrize(
    ("number", "said"), [(1.0, "1 point"), (2.5, "2.5 points"), (10.0, "10 points")]
)
def test_given_points_then_they_are_counted_as_people_do(number: float, said: str) -> None:
    assert words.points(number) == said


def test_given_a_moment_then_the_seconds_until_it_are_never_below_nothing() -> None:
    assert words.seconds_until(NOW + timedelta(seconds=5), NOW) == 5.0
    assert words.seconds_until(NOW - timedelta(seconds=5), NOW) == 0.0
    assert words.seconds_until(None, NOW) == -1.0


@pytest.mark.parametrize(
    ("results", "is_released", "part"),
    [
        ("by_hand", True, "ready"),
        ("by_hand", False, "released by your institution"),
        ("when_marked", False, "as soon as everything is marked"),
        ("when_closed", False, "has closed for everybody"),
    ],
)
def test_given_how_results_are_released_then_the_candidate_is_told_what_comes_next(
    results: str, is_released: bool, part: str
) -> None:
    assert part in words.what_next(results, is_released=is_released)
