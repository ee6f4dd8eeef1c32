"""The face network lives in a process of its own: it stops nobody, may die, and ends with us."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from proctor_app.vision import portrait
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import EncodedFrame, Pixels, encode_jpeg
from proctor_app.vision.in_process import InProcessEngine
from proctor_app.vision.models.identity import Embedding, weights
from proctor_app.vision.models.identity_process import EmbeddingProcess
from proctor_app.vision.observation import Detector, Observation

Observe = Callable[..., Observation]
WHO = frozenset({Detector.IDENTITY})


@pytest.fixture
def process() -> Iterator[EmbeddingProcess]:
    running = EmbeddingProcess()
    yield running
    running.close()


@pytest.fixture(scope="module")
def chip(observe: Observe, astronaut: Pixels) -> Pixels:
    seen = observe(astronaut, Detector.FACES)
    assert seen.mesh is not None
    return portrait.cut(astronaut, seen.mesh)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_another_process_gives_the_same_numbers(
    process: EmbeddingProcess, chip: Pixels, observe: Observe, astronaut: Pixels
) -> None:
    assert process.pid is None
    seen = observe(astronaut, Detector.IDENTITY).identity
    assert seen is not None
    assert process.embed(chip) == seen.embedding
    assert process.pid != os.getpid()


def test_a_process_that_died_is_started_again(process: EmbeddingProcess, chip: Pixels) -> None:
    before = process.embed(chip)
    died = process.pid
    assert died is not None
    os.kill(died, signal.SIGKILL)
    assert process.embed(chip) == before
    assert process.pid != died


def test_a_process_that_cannot_work_is_a_failure_with_a_name(
    process: EmbeddingProcess, chip: Pixels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(VisionFailed, match="face network"):
        process.embed(chip)
    assert process.pid is None


def test_a_closed_process_is_gone_and_refuses(process: EmbeddingProcess, chip: Pixels) -> None:
    process.start()
    pid = process.pid
    assert pid is not None
    process.close()
    assert not runs(pid)
    with pytest.raises(VisionFailed, match="closed"):
        process.embed(chip)


def test_what_is_no_picture_of_a_face_is_refused_before_it_is_sent(
    process: EmbeddingProcess,
) -> None:
    with pytest.raises(ValueError, match="not a face's picture"):
        process.embed(np.zeros((10, 10, 3), np.uint8))
    assert process.pid is None


def test_several_threads_each_get_the_numbers_of_their_own_face(
    process: EmbeddingProcess, chip: Pixels
) -> None:
    faces = [np.ascontiguousarray(np.roll(chip, 10 * n, axis=1)) for n in range(4)]
    alone = [process.embed(face) for face in faces]
    found: dict[int, Embedding] = {}

    def ask(number: int) -> None:
        found[number] = process.embed(faces[number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found[number] for number in range(4)] == alone


def test_other_threads_go_on_while_a_face_is_described(
    process: EmbeddingProcess, chip: Pixels
) -> None:
    expected = process.embed(chip)
    assert process.pid is not None
    found: list[Embedding] = []
    asking = threading.Thread(target=lambda: found.append(process.embed(chip)))

    os.kill(process.pid, signal.SIGSTOP)  # the answer takes as long as we like
    asking.start()
    for _ in range(100):
        time.sleep(0.002)  # this thread goes on: one that may not would stand here for ever
    assert asking.is_alive()
    assert found == []

    os.kill(process.pid, signal.SIGCONT)
    asking.join()
    assert found == [expected]


async def test_the_engine_describes_in_that_process_and_ends_it_with_itself(
    models_dir: Path, astronaut: Pixels
) -> None:
    engine = InProcessEngine(models_dir, threads=1)
    await engine.start()
    seen = await engine.observe(EncodedFrame(encode_jpeg(astronaut), 0.0), WHO)
    pid = engine._embedder.pid
    await engine.close()
    assert seen.identity is not None
    assert seen.identity.embedding is not None
    assert pid is not None
    assert not runs(pid)


def test_missing_weights_name_the_command_that_brings_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("proctor_app.vision.models.identity.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="make setup"):
        weights()
