"""The measurement of the proctor's wall: what is read from the log and from the page adds up."""

from bench.desk import Sample, Watched, _growth, _seen, committed
from bench.desk_seats import CLIPS, SCRIPT, _clip, _stills
from tests.e2e.harness import MEDIA

LOG = """\
2026-11-22 10:00:00,250 INFO app incident.opened incident_id=7 type=phone
2026-11-22 10:00:01,000 INFO app incident.closed incident_id=7 type=phone
2026-11-22 10:00:02,500 INFO app incident.opened incident_id=8 type=phone
"""


def test_given_a_log_then_the_moments_at_which_incidents_were_opened_are_read() -> None:
    found = committed(LOG)

    assert list(found) == [7, 8]
    assert found[8] - found[7] == 2.25


def test_given_what_was_seen_then_only_what_was_committed_meanwhile_counts() -> None:
    watched = Watched(began_s=100.0, ended_s=200.0, seen_s={1: 99.5, 2: 110.25, 3: 150.5, 9: 1.0})

    found = _seen(watched, {1: 99.0, 2: 110.0, 3: 150.0, 4: 160.0, 5: 199.0})

    assert (found["incidents"], found["not_seen"]) == (3, 1)
    assert (found["seen_p50_s"], found["seen_p95_s"], found["seen_longest_s"]) == (0.25, 0.5, 0.5)


def test_given_a_page_that_grows_then_the_slope_is_by_the_minute() -> None:
    samples = [Sample(10.0 * n, 1024.0 * (500 + n), 40.0, 30) for n in range(13)]

    found = _growth(samples)

    assert (found["heap_kb_a_minute"], found["nodes_a_minute"]) == (6.0, 0.0)
    assert (found["heap_first_kb"], found["heap_last_kb"]) == (500, 512)


def test_given_the_reels_then_clips_move_and_stills_follow_their_script() -> None:
    clip, stills = _clip(MEDIA / CLIPS[0]), _stills()

    assert len(set(clip)) == len(clip) > 6
    assert len(stills) == sum(lasts_s for _, lasts_s in SCRIPT)
