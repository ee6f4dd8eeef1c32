"""Identity pairs: read leniently, unverifiable apart, errors at a threshold."""

from pathlib import Path

import pytest

from bench.labels import Problem
from bench.pairs import Compared, IdentityResult, Pair, Unverifiable, compare, load
from proctor_app.vision.frame import Frame
from tests.accuracy.conftest import MakeFolder


def result(*pairs: tuple[bool, float | None], threshold: float = 0.5) -> IdentityResult:
    compared = (Compared(Pair("a", "b", same), distance, "" if distance else "turned")
                for same, distance in pairs)  # fmt: skip
    return IdentityResult(threshold, tuple(compared))


def test_rows_that_are_no_pairs_are_told(folder: MakeFolder) -> None:
    made = folder([], pairs="a,b,same\nx.png,y.png,1\nx.png,,0\nx.png,z.png,maybe\nx,w#t=1.5,0\n")
    problems: list[Problem] = []
    assert load(made / "pairs.csv", problems) == (
        Pair("x.png", "y.png", True),
        Pair("x", "w#t=1.5", False),
    )
    assert len(problems) == 2


def test_a_folder_without_pairs_is_told(tmp_path: Path) -> None:
    problems: list[Problem] = []
    assert load(tmp_path / "pairs.csv", problems) == ()
    assert [problem.file for problem in problems] == ["pairs.csv"]


def test_errors_are_counted_at_the_threshold_and_unverifiable_pairs_apart() -> None:
    measured = result((True, 0.3), (True, 0.6), (True, None), (False, 0.5), (False, 0.8),
                      (False, 0.9))  # fmt: skip
    assert measured.as_json() == {
        "threshold": 0.5, "genuine": 2, "impostor": 3,
        "false_match_rate": 0.3333, "false_non_match_rate": 0.5, "unverifiable": 1,
    }  # fmt: skip


def test_without_verifiable_pairs_the_rates_are_unknown() -> None:
    measured = result((True, None)).as_json()
    assert (measured["false_match_rate"], measured["false_non_match_rate"]) == (None, None)


def test_the_curve_goes_from_all_refused_to_all_taken() -> None:
    curve = result((True, 0.3), (False, 0.8)).curve()
    assert (curve[0].false_match_rate, curve[0].false_non_match_rate) == (0.0, 1.0)
    assert (curve[-1].false_match_rate, curve[-1].false_non_match_rate) == (1.0, 0.0)


def test_faces_are_described_once_and_unreadable_files_left_out(folder: MakeFolder) -> None:
    made = folder([], "astronaut.png", "china.jpg", "single_face.mp4")
    (made / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    calls: list[tuple[int, ...]] = []

    def describe(frame: Frame) -> tuple[float, ...]:
        calls.append(frame.bgr.shape)
        if frame.bgr.shape == (427, 640, 3):
            raise Unverifiable("none")
        return (float(frame.bgr.shape[1]), 0.0)

    astronaut, clip = "astronaut.png", "single_face.mp4#t=0.2"
    listed = [
        Pair(astronaut, astronaut, True),
        Pair(astronaut, clip, False),
        Pair(astronaut, "china.jpg", False),
        Pair(astronaut, "gone.png", True),
        Pair(astronaut, "broken.jpg", True),
        Pair(astronaut, "single_face.mp4#t=900", True),
        Pair(astronaut, "single_face.mp4#t=soon", True),
    ]
    problems: list[Problem] = []
    found = compare(made, listed, describe, 0.5, problems).compared
    assert [(one.distance is None, one.why) for one in found] == [
        (False, ""), (False, ""), (True, "none"),
    ]  # fmt: skip
    assert found[0].distance == 0.0
    assert len(calls) == 3
    assert {problem.file for problem in problems} == {
        "gone.png", "broken.jpg", "single_face.mp4#t=900", "single_face.mp4#t=soon",
    }  # fmt: skip


@pytest.mark.parametrize("distance", [0.5, 0.4999])
def test_a_distance_at_the_threshold_is_a_match(distance: float) -> None:
    assert result((False, distance)).at(0.5).false_match_rate == 1.0
