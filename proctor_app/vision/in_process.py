"""The engine inside this process: one set of models for each thread, as many threads as cores."""

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2

from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.detectors import DetectorChoice, require_detector
from proctor_app.vision.enrolment import FaceTemplate, PhotoRejected
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import (
    FRAME_LIMITS,
    PHOTO_LIMITS,
    EncodedFrame,
    FrameRejected,
    decode,
)
from proctor_app.vision.models.files import describe_models, require_models
from proctor_app.vision.models.identity_process import EmbeddingProcess
from proctor_app.vision.observation import Detector, Observation

_Result = TypeVar("_Result")
_Job = Callable[[Analyzer], _Result]


class InProcessEngine:
    """A pool of threads, each with models of its own, because one set is not thread-safe.

    The models release the interpreter while they work, so threads use the cores. Threads are
    interchangeable: nothing about any stream is kept between two calls. The face network alone
    would not release it and works in a process of its own, one for all threads.
    """

    def __init__(
        self,
        models_dir: Path,
        threads: int | None = None,
        detector: DetectorChoice = "efficientdet",
    ) -> None:
        self._models_dir = models_dir
        self._detector = detector
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="vision")
        self._local = threading.local()
        self._embedder = EmbeddingProcess()
        self._analyzers: list[Analyzer] = []
        self._ready = False
        self._closed = False
        self._models = ""

    @property
    def ready(self) -> bool:
        return self._ready

    @property
    def models(self) -> str:
        return self._models

    async def start(self) -> None:
        """Load and warm up every thread's models at the same time; raises ModelsMissing."""
        require_models(self._models_dir)
        require_detector(self._models_dir, self._detector)
        self._models = await asyncio.to_thread(describe_models, self._models_dir)
        cv2.setNumThreads(1)
        # Nobody leaves the barrier before all have loaded, so no thread takes two of the jobs.
        barrier = threading.Barrier(self._threads)
        loading = [self._pool.submit(self._load, barrier) for _ in range(self._threads)]
        results = await asyncio.gather(*map(asyncio.wrap_future, loading), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            own = [e for e in failures if not isinstance(e, threading.BrokenBarrierError)]
            raise VisionFailed("the models could not be loaded") from (own or failures)[0]
        self._models = f"{self._models}, {self._analyzers[0].detector}"
        # It loads while frames are served; the first face waits for it.
        await asyncio.to_thread(self._embedder.start)
        self._ready = not self._closed

    async def observe(self, frame: EncodedFrame, detectors: frozenset[Detector]) -> Observation:
        """Decode and analyse one frame; raises FrameRejected or VisionFailed."""
        return await self._run(partial(_observe, frame, detectors))

    async def describe_face(self, photo: EncodedFrame) -> FaceTemplate:
        """Describe the one face of a photo; raises FrameRejected, PhotoRejected or VisionFailed."""
        return await self._run(partial(_describe, photo))

    async def close(self) -> None:
        """Wait for what runs, drop what waits, let the models go."""
        self._ready = False
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
        while self._analyzers:
            self._analyzers.pop().close()
        await asyncio.to_thread(self._embedder.close)

    def _load(self, barrier: threading.Barrier) -> None:
        try:
            analyzer = Analyzer(self._models_dir, self._embedder, self._detector)
            self._analyzers.append(analyzer)
            analyzer.warm_up()
            self._local.analyzer = analyzer
        except BaseException:
            barrier.abort()
            raise
        barrier.wait()

    async def _run(self, job: _Job[_Result]) -> _Result:
        if not self._ready:
            raise VisionFailed("the engine is not running")
        return await asyncio.wrap_future(self._pool.submit(self._guarded, job))

    def _guarded(self, job: _Job[_Result]) -> _Result:
        analyzer: Analyzer = self._local.analyzer
        try:
            return job(analyzer)
        except (FrameRejected, PhotoRejected):
            raise
        except Exception as error:  # whatever a native model raises: the frame is not judged
            raise VisionFailed("a model failed on the frame") from error


def _observe(
    frame: EncodedFrame, detectors: frozenset[Detector], analyzer: Analyzer
) -> Observation:
    return analyzer.observe(decode(frame, FRAME_LIMITS), detectors)


def _describe(photo: EncodedFrame, analyzer: Analyzer) -> FaceTemplate:
    return analyzer.describe_face(decode(photo, PHOTO_LIMITS))
