"""The measurements of cost: the right calls are timed, and the numbers add up."""

from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

from bench import capacity
from bench.comparison import WAYS, Block, Comparison, compare
from bench.endurance import endure
from bench.pipelines import AllModels, Candidate, look_barely, taped
from bench.stats import Estimate, estimate, percentile, slope
from bench.streams import Stream, load
from bench.vision import Result, as_json, tables
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.in_process import InProcessEngine
from tests.vision.loaded import already

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
MEDIA = ROOT / "tests" / ".media"


@pytest.fixture(scope="module")
def analyzer() -> Iterator[Analyzer]:
    with closing(Analyzer(MODELS)) as loaded:
        loaded.warm_up()
        yield loaded


@pytest.fixture
def loaded(analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is measured finds its models loaded; loading them is not measured."""
    for module in ("comparison", "endurance"):
        monkeypatch.setattr(f"bench.{module}.Analyzer", already(analyzer))


@pytest.fixture(scope="module")
def streams() -> list[Stream]:
    return load([MEDIA])[:2]


@pytest.mark.parametrize(
    ("share", "value"), [(0.0, 1), (0.5, 5), (0.9, 9), (0.99, 10), (1.0, 10), (0.1, 1)]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, value: int) -> None:
    assert percentile(list(range(10, 0, -1)), share) == value


def test_a_slope_is_the_growth_from_one_value_to_the_next() -> None:
    assert slope([1.0, 3.0, 5.0, 7.0]) == pytest.approx(2.0)
    assert slope([4.0]) == 0.0


def test_an_estimate_lies_within_its_interval() -> None:
    found = estimate([3.0, 1.0, 2.0, 5.0, 4.0])
    assert found.value == 3.0
    assert 1.0 <= found.low <= 3.0 <= found.high <= 5.0
    assert found == estimate([3.0, 1.0, 2.0, 5.0, 4.0])


def test_streams_are_what_the_exams_page_sends(streams: list[Stream]) -> None:
    assert len(streams) == 2
    for stream in streams:
        times = [frame.taken_at_s for frame in stream.frames]
        assert times[0] == 0.0
        assert all(0.4 <= b - a <= 0.6 for a, b in pairwise(times))
        assert all(frame.data.startswith(b"\xff\xd8") for frame in stream.frames)


def test_without_clips_the_error_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="make test"):
        load([tmp_path, tmp_path / "none"])


def test_the_tape_holds_the_products_model_calls_and_leaves_no_trace(
    analyzer: Analyzer, streams: list[Stream]
) -> None:
    candidate = Candidate(analyzer)
    with taped() as first:
        candidate.look(streams[0].frames[0])
    count = len(first)
    with taped() as second:
        candidate.look(streams[0].frames[1])
    look_barely(first)
    assert len(first) == count
    # At the start every detector has its turn; half a second later the face alone.
    assert count >= 4
    assert 0 < len(second) < count


@pytest.mark.usefixtures("loaded")
def test_all_ways_are_measured_on_the_same_streams(streams: list[Stream]) -> None:
    found = compare([Stream("short", streams[0].frames[:4])], MODELS)
    (block,) = found.blocks
    assert set(block.cpu_ms) == set(WAYS)
    assert all(cpu_ms > 0 for cpu_ms in block.cpu_ms.values())
    assert block.cpu_ms["naive"] > block.cpu_ms["lived"]


def test_all_models_look_at_a_frame(streams: list[Stream]) -> None:
    with closing(AllModels(MODELS)) as models:
        found = models.look(streams[0].frames[0])
    assert [type(one).__name__ for one in found] == [
        "DetectionResult",
        "FaceLandmarkerResult",
        "HandLandmarkerResult",
        "DetectionResult",
    ]


@pytest.mark.usefixtures("loaded")
def test_a_short_run_is_told_in_megabytes_and_milliseconds(streams: list[Stream]) -> None:
    found = endure(streams, MODELS, 60)
    assert found.frames == 60
    assert 50 < found.start_mb <= found.peak_mb < found.start_mb + 1000
    assert found.cpu_ms_late > 0


async def test_candidates_join_until_the_machine_is_full(
    streams: list[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_START", 1), ("_MOST", 1), ("_SETTLE_S", 0.2), ("_MEASURE_S", 2.0)):
        monkeypatch.setattr(capacity, name, value)
    one_thread = partial(InProcessEngine, threads=1)  # each loads models of its own
    monkeypatch.setattr(capacity, "InProcessEngine", one_thread)
    found = await capacity.measure(streams, MODELS)
    levels = found["levels"]
    assert isinstance(levels, list)
    assert levels[0]["candidates"] == 1
    assert 0 < levels[0]["frame_age_p50_s"] <= levels[0]["frame_age_p99_s"]
    assert found["candidates_at_2fps"] in (0, 1)
    assert isinstance(found["peak_rss_mb"], float)


@pytest.mark.parametrize(
    ("age_s", "replaced", "carried"), [(1.5, 0.05, True), (1.6, 0.0, False), (0.1, 0.06, False)]
)
def test_a_level_is_carried_when_frames_are_fresh_and_hardly_any_is_replaced(
    age_s: float, replaced: float, carried: bool
) -> None:
    assert capacity.Level(20, 0.1, age_s, replaced).carried is carried


def test_the_file_has_the_promised_keys_and_the_targets_are_told() -> None:
    cpu_ms = {"naive": 100.0, "naive_defaults": 200.0, "lived": 50.0, "product": 10.0, "bare": 8.0}
    comparison = Comparison((Block("a", cpu_ms), Block("b", cpu_ms)))
    carried: dict[str, object] = {
        "candidates_at_2fps": 24,
        "frame_age_p99_s": 0.8,
        "peak_rss_mb": 500.0,
        "levels": [
            {"candidates": 24, "frame_age_p50_s": 0.1, "frame_age_p99_s": 0.8, "replaced": 0.01}
        ],
    }
    result = Result(comparison, comparison, {"frames": 60}, carried)
    written = as_json(result)
    assert list(written)[:8] == [
        "cores", "naive_cpu_ms", "all_cpu_ms", "product_cpu_ms", "bare_cpu_ms",
        "candidates_at_2fps", "frame_age_p99_s", "peak_rss_mb",
    ]  # fmt: skip
    assert (written["naive_cpu_ms"], written["candidates_at_2fps"]) == (100.0, 24)
    targets = next(table for table in tables(result) if table.title == "Targets")
    assert [row[3] for row in targets.rows][:2] == ["yes", "no"]


def test_an_estimate_is_written_with_its_interval() -> None:
    assert str(Estimate(1.234, 1.0, 1.5)) == "1.23 (1.00-1.50)"
