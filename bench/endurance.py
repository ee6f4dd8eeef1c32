"""Memory and cost over a long run: nothing may grow with the number of frames."""

import json
import os
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import psutil

from bench.pipelines import Candidate
from bench.stats import slope
from bench.streams import FPS, Stream, load
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.frame import EncodedFrame

_CANDIDATES = 4
_EVERY = 50
_SETTLED_SHARE = 0.25
"""Caches and pools fill in the first quarter; growth is measured after it."""
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Endurance:
    """growth_mb: of the resident memory per 1,000 frames, by least squares, once settled.
    cpu_ms_early, cpu_ms_late: CPU of a frame in the second and in the last quarter."""

    frames: int
    start_mb: float
    end_mb: float
    peak_mb: float
    growth_mb: float
    cpu_ms_early: float
    cpu_ms_late: float

    def as_json(self) -> dict[str, float]:
        return {
            "frames": self.frames,
            "rss_start_mb": round(self.start_mb, 1),
            "rss_end_mb": round(self.end_mb, 1),
            "rss_peak_mb": round(self.peak_mb, 1),
            "growth_mb_per_1000_frames": round(self.growth_mb, 3),
            "cpu_ms_early": round(self.cpu_ms_early, 2),
            "cpu_ms_late": round(self.cpu_ms_late, 2),
        }


def endure(streams: list[Stream], models_dir: Path, frames: int) -> Endurance:
    """Follow four candidates at once for a number of frames in all."""
    cv2.setNumThreads(1)
    process = psutil.Process(os.getpid())
    memory: list[float] = []
    cpu_ms: list[float] = []
    with closing(Analyzer(models_dir)) as analyzer:
        analyzer.warm_up()
        candidates = [Candidate(analyzer) for _ in range(_CANDIDATES)]
        start_mb = process.memory_info().rss / _MB
        for number in range(frames):
            who, turn = number % _CANDIDATES, number // _CANDIDATES
            began_s = time.process_time()
            candidates[who].look(_frame(streams, who, turn))
            cpu_ms.append((time.process_time() - began_s) * 1000)
            if number % _EVERY == 0:
                memory.append(process.memory_info().rss / _MB)
    settled = memory[round(len(memory) * _SETTLED_SHARE) :]
    quarter = max(1, len(cpu_ms) // 4)
    return Endurance(
        frames=frames,
        start_mb=start_mb,
        end_mb=memory[-1],
        peak_mb=max(memory),
        growth_mb=slope(settled) * 1000 / _EVERY,
        cpu_ms_early=sum(cpu_ms[quarter : 2 * quarter]) / quarter,
        cpu_ms_late=sum(cpu_ms[-quarter:]) / quarter,
    )


def _frame(streams: list[Stream], who: int, turn: int) -> EncodedFrame:
    """One candidate sees the streams one after the other, in its own unbroken time."""
    everything = [frame for stream in streams for frame in stream.frames]
    frame = everything[(turn + who * len(everything) // _CANDIDATES) % len(everything)]
    return EncodedFrame(frame.data, turn / FPS)


if __name__ == "__main__":
    print(json.dumps(endure(load(), Path(sys.argv[1]), int(sys.argv[2])).as_json()))
