"""The engine: interchangeable workers, no mixing of streams, every failure with a name."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.errors import ModelsMissing, VisionFailed
from proctor_app.vision.frame import EncodedFrame, Frame, FrameRejected, Pixels, encode_jpeg
from proctor_app.vision.in_process import InProcessEngine
from proctor_app.vision.observation import Detector, Observation
from proctor_app.vision.signals import FACE_SCORE

FACES = frozenset({Detector.FACES})


@pytest.fixture(scope="module")
def engine(models_dir: Path) -> Iterator[VisionEngine]:
    """One for all tests here, whatever they do to it; each has an event loop of its own."""
    running = InProcessEngine(models_dir, threads=2)
    asyncio.run(running.start())
    yield running
    asyncio.run(running.close())


def encoded(bgr: Pixels, taken_at_s: float = 0.0) -> EncodedFrame:
    return EncodedFrame(encode_jpeg(bgr), taken_at_s)


def count(observation: Observation) -> int:
    return sum(face.score >= FACE_SCORE for face in observation.faces or ())


async def test_the_engine_is_ready_and_answers_only_between_its_start_and_its_close(
    models_dir: Path, astronaut: Pixels
) -> None:
    """Closing answers or drops what waits and leaves nobody hanging."""
    engine = InProcessEngine(models_dir, threads=1)
    ready = [engine.ready]
    with pytest.raises(VisionFailed, match="not running"):
        await engine.observe(encoded(astronaut), FACES)
    await engine.start()
    ready.append(engine.ready)
    waiting = [asyncio.ensure_future(engine.observe(encoded(astronaut), FACES)) for _ in range(8)]
    await asyncio.sleep(0)
    await engine.close()
    ready.append(engine.ready)
    with pytest.raises(VisionFailed, match="not running"):
        await engine.describe_face(encoded(astronaut))
    assert ready == [False, True, False]
    outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), timeout=60)
    allowed = (Observation, VisionFailed, asyncio.CancelledError)
    assert all(isinstance(outcome, allowed) for outcome in outcomes)


async def test_the_models_are_named_with_what_tells_their_versions_apart(
    engine: VisionEngine,
) -> None:
    for name in ("face_detection_full_range_sparse@", "face_landmarker@", "object_detector@"):
        assert name in engine.models
    assert "gesture_recognizer@" in engine.models
    assert len(engine.models) < 300


async def test_a_missing_model_is_named_with_the_command_that_brings_it(tmp_path: Path) -> None:
    with pytest.raises(ModelsMissing, match=r"face_detection_full_range_sparse.*make setup"):
        await InProcessEngine(tmp_path, threads=1).start()


@pytest.fixture
def damaged_models_dir(models_dir: Path, tmp_path: Path) -> Path:
    for model in models_dir.iterdir():
        (tmp_path / model.name).write_bytes(b"no model")
    return tmp_path


async def test_a_damaged_model_fails_the_start_with_its_cause(damaged_models_dir: Path) -> None:
    engine = InProcessEngine(damaged_models_dir, threads=2)
    with pytest.raises(VisionFailed) as failed:
        await engine.start()
    assert failed.value.__cause__ is not None
    assert not engine.ready
    await engine.close()


async def test_many_streams_at_once_each_get_the_answer_to_their_own_frame(
    engine: VisionEngine, astronaut: Pixels, two_astronauts: Pixels, china: Pixels
) -> None:
    frames = [encoded(bgr) for bgr in (china, astronaut, two_astronauts)] * 8
    stamped = [EncodedFrame(frame.data, float(i)) for i, frame in enumerate(frames)]
    observations = await asyncio.gather(*(engine.observe(frame, FACES) for frame in stamped))
    assert [count(observation) for observation in observations] == [0, 1, 2] * 8
    assert [observation.taken_at_s for observation in observations] == list(range(24))


async def test_every_worker_judges_alike(engine: VisionEngine, astronaut: Pixels) -> None:
    detectors = frozenset(Detector)
    seen = await asyncio.gather(*(engine.observe(encoded(astronaut), detectors) for _ in range(6)))
    assert len({(one.faces, one.objects, one.quality) for one in seen}) == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "frame_empty"),
        (b"no picture", "frame_not_an_image"),
        (b"\xff\xd8\xff\xe0", "frame_truncated"),
    ],
)
async def test_a_bad_frame_is_rejected_and_the_next_one_served(
    engine: VisionEngine, astronaut: Pixels, data: bytes, code: str
) -> None:
    with pytest.raises(FrameRejected) as rejected:
        await engine.observe(EncodedFrame(data, 0.0), FACES)
    assert rejected.value.code == code
    assert count(await engine.observe(encoded(astronaut), FACES)) == 1


async def test_a_model_that_fails_is_reported_with_its_cause_and_the_engine_lives_on(
    engine: VisionEngine, astronaut: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Analyzer, frame: Frame, detectors: frozenset[Detector]) -> Observation:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as broken:
        broken.setattr(Analyzer, "observe", fail)
        with pytest.raises(VisionFailed) as failed:
            await engine.observe(encoded(astronaut), FACES)
    assert isinstance(failed.value.__cause__, RuntimeError)
    assert count(await engine.observe(encoded(astronaut), FACES)) == 1


async def test_a_photo_larger_than_a_frame_is_described(
    engine: VisionEngine, astronaut: Pixels
) -> None:
    wall = np.full((3000, 4000, 3), 150, np.uint8)
    wall[500:2548, 1000:3048] = np.repeat(np.repeat(astronaut, 4, axis=0), 4, axis=1)
    photo = EncodedFrame(encode_jpeg(wall, quality=90, max_width_px=4000), 0.0)
    template = await engine.describe_face(photo)
    assert len(template.embedding) == 128
    with pytest.raises(FrameRejected):
        await engine.observe(photo, FACES)


async def test_a_photo_without_a_face_is_refused(engine: VisionEngine, china: Pixels) -> None:
    with pytest.raises(PhotoRejected) as rejected:
        await engine.describe_face(encoded(china))
    assert rejected.value.code == "no_face"
