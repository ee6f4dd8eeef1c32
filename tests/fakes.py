"""What stands in at the ports: clock, vision engine, mail. Everything else is real."""

import asyncio
import itertools
from collections import deque
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np

from proctor_app.services.mail import Mail
from proctor_app.vision.enrolment import FaceTemplate
from proctor_app.vision.frame import EncodedFrame
from proctor_app.vision.models.identity import MODEL
from proctor_app.vision.observation import (
    Box,
    DetectedObject,
    Detector,
    Face,
    Observation,
    PictureQuality,
    QualityProblem,
)

EMBEDDING = tuple(round(0.001 * n - 0.064, 3) for n in range(128))
_DIGESTS = itertools.count(1)


class FakeClock:
    """Aware, UTC, and moved by nobody but the test."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now


def seen(
    faces: int = 1, *, phone: float = 0.0, problem: QualityProblem | None = None
) -> Observation:
    """What a camera shows, as the models would tell it; no two pictures are the same."""
    box = Box(160, 120, 320, 360)
    return Observation(
        taken_at_s=0.0,
        width_px=640,
        height_px=480,
        quality=PictureQuality(128.0, 20.0, next(_DIGESTS).to_bytes(16), problem),
        faces=(Face(box, 0.9),) * faces,
        objects=(DetectedObject("cell phone", phone, box),) if phone else (),
        busy_ms=1.0,
    )


class FakeEngine:
    """A scripted VisionEngine: first what ``script`` holds, then ``faces`` faces for ever; of
    photos first what ``photos`` holds, then ``photo``.

    Between ``hold`` and ``release`` it looks at a frame without coming to an end.
    """

    def __init__(self) -> None:
        self.ready = True
        self.models = "fake-faces 1"
        self.faces = 1
        self.script: deque[Observation | Exception] = deque()
        self.looked_at: list[bytes] = []
        self.asked: list[frozenset[Detector]] = []
        self.photos: deque[FaceTemplate | Exception] = deque()
        self._free = asyncio.Event()
        self._free.set()
        self.photo: FaceTemplate | Exception = FaceTemplate(
            EMBEDDING, "fake-identity 1", Box(0, 0, 200, 200)
        )
        self.closed = False

    def hold(self) -> None:
        self._free.clear()

    def release(self) -> None:
        """Call on the event loop that the frames wait on."""
        self._free.set()

    async def start(self) -> None:
        self.ready = True

    async def observe(self, frame: EncodedFrame, detectors: frozenset[Detector]) -> Observation:
        self.looked_at.append(frame.data)
        self.asked.append(detectors)
        await self._free.wait()
        answer = self.script.popleft() if self.script else seen(self.faces)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def describe_face(self, photo: EncodedFrame) -> FaceTemplate:
        self.looked_at.append(photo.data)
        await self._free.wait()
        answer = self.photos.popleft() if self.photos else self.photo
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed = True


class FakeMailer:
    """Keeps what it is given, or fails with ``failure``."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.failure: Exception | None = None

    def send(self, mail: Mail) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(mail)


def face(distance: float = 0.0, *, model: str = MODEL, left_px: float = 200.0) -> FaceTemplate:
    """A usable face at this distance from EMBEDDING's."""
    embedding = (EMBEDDING[0] + distance, *EMBEDDING[1:])
    return FaceTemplate(embedding, model, Box(left_px, 100, left_px + 200, 340))


def jpeg(seed: int = 0, width_px: int = 64, height_px: int = 48) -> bytes:
    """A real JPEG of noise; another seed, another picture."""
    return _encoded(".jpg", seed, width_px, height_px)


def png(seed: int = 0, width_px: int = 64, height_px: int = 48) -> bytes:
    return _encoded(".png", seed, width_px, height_px)


def _encoded(kind: str, seed: int, width_px: int, height_px: int) -> bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 3), np.uint8)
    done, encoded = cv2.imencode(kind, noise)
    assert done
    return encoded.tobytes()
