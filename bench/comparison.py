"""CPU time of the four ways to look at a frame, interleaved so that all meet the same weather."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2

from bench.pipelines import AllModels, Candidate, look_barely, look_naively, taped
from bench.stats import Estimate, estimate
from bench.streams import Stream
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.frame import Frame, decode
from proctor_app.vision.profile import ANYBODY, Profile

WAYS = ("naive", "naive_defaults", "lived", "product", "bare")
_NAIVE_EVERY = 3
"""Making the models anew costs always the same, and much: a third of the frames tell it."""


@dataclass(frozen=True, slots=True)
class Block:
    """Mean CPU milliseconds of a frame of one stream, by way; all threads of the process."""

    stream: str
    cpu_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    blocks: tuple[Block, ...]

    def of(self, way: str) -> Estimate:
        return estimate([block.cpu_ms[way] for block in self.blocks])

    def mean(self, way: str) -> float:
        """Over all streams alike: half of them show hands, phones or nobody, which costs more."""
        return sum(block.cpu_ms[way] for block in self.blocks) / len(self.blocks)

    def ratio(self, way: str, to: str) -> Estimate:
        """How many times ``to`` a way costs, stream by stream."""
        return estimate([block.cpu_ms[way] / block.cpu_ms[to] for block in self.blocks])


def compare(
    streams: Sequence[Stream],
    models_dir: Path,
    rounds: int = 1,
    *,
    enrolled: bool = False,
    naive: bool = True,
    seed: int = 0,
) -> Comparison:
    """Look at every frame of every stream in every way, in a random order anew each time.

    enrolled: whether the candidates' faces are known, so that identity has its turns, too.
    """
    chance = random.Random(seed)
    cv2.setNumThreads(1)  # as the engine does
    with closing(AllModels(models_dir)) as lived, closing(Analyzer(models_dir)) as analyzer:
        analyzer.warm_up()
        lived.look(streams[0].frames[0])
        blocks = []
        for _ in range(rounds):
            for stream in streams:
                profile = _profile(analyzer, stream) if enrolled else ANYBODY
                spent = _one_stream(stream, models_dir, lived, analyzer, profile, naive, chance)
                blocks.append(Block(stream.name, spent))
    return Comparison(tuple(blocks))


def _one_stream(
    stream: Stream,
    models_dir: Path,
    lived: AllModels,
    analyzer: Analyzer,
    profile: Profile,
    naive: bool,
    chance: random.Random,
) -> dict[str, float]:
    taping, timed = Candidate(analyzer, profile), Candidate(analyzer, profile)
    spent: dict[str, list[float]] = {way: [] for way in WAYS}
    for number, frame in enumerate(stream.frames):
        with taped() as calls:
            taping.look(frame)
        runs: list[tuple[str, Callable[[], object]]] = [
            ("lived", partial(lived.look, frame)),
            ("product", partial(timed.look, frame)),
            ("bare", partial(look_barely, calls)),
        ]
        if naive and number % _NAIVE_EVERY == 0:
            runs.append(("naive", partial(look_naively, models_dir, frame)))
        if naive and number == 0:
            runs.append(
                ("naive_defaults", partial(look_naively, models_dir, frame, as_guided=False))
            )
        chance.shuffle(runs)
        for way, run in runs:
            began_s = time.process_time()
            run()
            spent[way].append((time.process_time() - began_s) * 1000)
    return {way: sum(times) / len(times) for way, times in spent.items() if times}


def _profile(analyzer: Analyzer, stream: Stream) -> Profile:
    """Enrol whoever a stream shows, as sign-up does; a stream without a usable face stays."""
    for frame in stream.frames:
        try:
            template = analyzer.describe_face(Frame(decode(frame).bgr, 0.0))
        except PhotoRejected:
            continue
        return Profile(enrolled=(template.embedding,))
    return ANYBODY
