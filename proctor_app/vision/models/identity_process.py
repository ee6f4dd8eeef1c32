"""The face network in a process of its own, so that it never stops the interpreter that serves.

A request is the face's picture as raw bytes, an answer its embedding as 64-bit floats; both have
one length, so nothing else needs to be agreed upon. `python -m` of this module is the other end.
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.models.identity import CHIP_PX, NUMBERS, Embedding, FaceNetwork, weights

_REQUEST_BYTES = CHIP_PX * CHIP_PX * 3
_ANSWER = np.dtype("<f8")
_TIMEOUT_S = 30.0
"""Loading takes a second and an answer 0.2 s, much longer on a server that is short of both."""
_GOODBYE_S = 5.0
_ROOT = Path(__file__).resolve().parents[3]


class EmbeddingProcess:
    """Thread-safe; one face at a time. A process that died is started again, once for each face."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The other process's number; None while there is none."""
        process = self._process
        return None if process is None else process.pid

    def start(self) -> None:
        """Begin to load the network, without waiting for it; raises ImportError without it."""
        weights()
        with self._lock:
            self._running()

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        """Describe the face in a 150 x 150 x 3 RGB picture; raises VisionFailed."""
        if chip.shape != (CHIP_PX, CHIP_PX, 3) or chip.dtype != np.uint8:
            raise ValueError(f"not a face's picture: {chip.shape} {chip.dtype}")
        with self._lock:
            try:
                return self._ask(chip.tobytes())
            except OSError:
                self._end()
            try:
                return self._ask(chip.tobytes())
            except OSError as error:
                self._end()
                raise VisionFailed("the process of the face network fails") from error

    def close(self) -> None:
        """End the process; later calls fail."""
        with self._lock:
            self._closed = True
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise VisionFailed("the process of the face network was closed")
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - this very module, nothing from outside
                [sys.executable, "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=_ROOT,
            )
        return self._process

    def _ask(self, request: bytes) -> Embedding:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        watchdog = threading.Timer(_TIMEOUT_S, process.kill)
        watchdog.start()
        try:
            process.stdin.write(request)
            process.stdin.flush()
            answer = process.stdout.read(NUMBERS * _ANSWER.itemsize)
        finally:
            watchdog.cancel()
        if len(answer) < NUMBERS * _ANSWER.itemsize:
            raise BrokenPipeError("the process ended without an answer")
        return tuple(float(number) for number in np.frombuffer(answer, _ANSWER))

    def _end(self) -> None:
        """Let the process see its input end, and make sure that it does end."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(OSError):  # what it did not read any more is lost with it
            process.stdin.close()
        try:
            process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def main() -> None:
    """Answer faces until the input ends, as it does when the other process is gone."""
    # Ctrl-C reaches both processes; the other one says when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library prints must not get between the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0) as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        network = FaceNetwork()
        while len(request := sys.stdin.buffer.read(_REQUEST_BYTES)) == _REQUEST_BYTES:
            chip = np.frombuffer(request, np.uint8).reshape(CHIP_PX, CHIP_PX, 3)
            answers.write(np.asarray(network.embed(chip), _ANSWER).tobytes())


if __name__ == "__main__":
    main()
