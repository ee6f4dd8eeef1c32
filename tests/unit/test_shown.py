"""How values are shown: short durations, plain words, nothing but words for what is unknown."""

import pytest

from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType
from proctor_app.services.live import LiveStatus
from proctor_app.state import shown
from tests.records import after, attempt, incident


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (7.6, "8 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 0 min"),
        (3900, "1 h 5 min"),
        (90_000, "25 h 0 min"),
    ],
)
def test_given_seconds_then_a_duration_is_as_short_as_it_can_be_said(
    seconds: float, text: str
) -> None:
    assert shown.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "00:00"), (0.9, "00:00"), (61, "01:01"), (2892, "48:12"), (7147, "1:59:07")],
)
def test_given_seconds_then_the_countdown_is_a_clock(seconds: float, text: str) -> None:
    assert shown.countdown(seconds) == text


@pytest.mark.parametrize(
    ("live", "kind"),
    [
        (LiveStatus("one"), "ok"),
        (LiveStatus("none"), "notice"),
        (LiveStatus("several"), "alert"),
        (LiveStatus("unknown"), "unknown"),
        (LiveStatus("unknown", "dark"), "unknown"),
        (LiveStatus("unknown", "glare"), "unknown"),
        (LiveStatus("unknown", "blurred"), "unknown"),
        (LiveStatus("unknown", "frozen"), "unknown"),
        (LiveStatus("unknown", "something new"), "unknown"),
    ],
)
def test_given_what_the_camera_shows_then_the_chip_says_it_and_unknown_is_nobodys_fault(
    live: LiveStatus, kind: str
) -> None:
    chip = shown.seen(live)

    assert chip.kind == kind
    assert chip.text


@pytest.mark.parametrize("status", AttemptStatus)
def test_given_any_status_then_it_is_said_in_words(status: AttemptStatus) -> None:
    chip = shown.attempt_state(status)

    assert chip.text[0].isupper()
    assert "_" not in chip.text
    assert (chip.kind == "ok") is (status is AttemptStatus.RUNNING)


def test_given_an_open_incident_then_it_has_no_length_yet_and_a_link_to_its_picture() -> None:
    found = shown.incident(incident(id=7), "Ana")

    assert (found.is_open, found.lasted, found.candidate) == (True, "", "Ana")
    assert found.at == "2026-03-02T09:00:00.000Z"
    assert found.evidence == "/api/v1/incidents/7/evidence/0"


def test_given_a_closed_incident_without_a_picture_then_its_length_is_shown_and_no_link() -> None:
    found = shown.incident(incident(closed_at=after(8), evidence_count=0))

    assert (found.is_open, found.lasted, found.evidence) == (False, "8 s", "")


@pytest.mark.parametrize("event_type", EventType)
def test_given_any_event_type_then_the_candidate_is_told_what_it_means(
    event_type: EventType,
) -> None:
    found = shown.incident(incident(event_type=event_type))

    assert found.event
    assert found.explained.endswith(".")


@pytest.mark.parametrize(
    ("changes", "lasted"),
    [
        ({"ended_at": after(300), "last_frame_at": after(200)}, "5 min"),
        ({"last_frame_at": after(20)}, "20 s"),
        ({}, "0 s"),
        ({"started_at": None}, "0 s"),
    ],
)
def test_given_an_attempt_then_it_lasted_until_its_end_or_its_last_frame(
    changes: dict[str, object], lasted: str
) -> None:
    assert shown.attempt(attempt(**changes)).lasted == lasted
