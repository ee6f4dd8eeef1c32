"""How many candidates this machine carries: the service's engine under the service's mailbox.

Candidates join step by step, each sending two frames a second. A frame waits in its candidate's
mailbox, where the newest wins; its age is measured when its transitions are known. Nine of ten sit
as candidates mostly do, one face and no hands in the picture; the tenth gestures, holds a phone or
is not there, which costs up to twice as much.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.stats import percentile
from bench.streams import FPS, Stream, load
from proctor_app.services.mailbox import Mailbox, MailboxClosed
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.frame import EncodedFrame, inspect
from proctor_app.vision.in_process import InProcessEngine
from proctor_app.vision.observation import Detector
from proctor_app.vision.profile import ANYBODY, Profile
from proctor_app.vision.schedule import Schedule, due
from proctor_app.vision.tracker import TrackerState, observe, wishes

MAX_AGE_S = 1.5
MAX_REPLACED = 0.05
"""Two frames a second are carried where at most this share of them was replaced by newer ones."""
_START, _STEP, _MOST = 4, 4, 120
_SETTLE_S, _MEASURE_S = 3.0, 9.0
_TIME_LIMIT_S = 200.0
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Level:
    """One number of candidates. replaced: share of the frames that a newer one displaced."""

    candidates: int
    age_p50_s: float
    age_p99_s: float
    replaced: float

    @property
    def carried(self) -> bool:
        return self.age_p99_s <= MAX_AGE_S and self.replaced <= MAX_REPLACED

    def as_json(self) -> dict[str, float]:
        return {
            "candidates": self.candidates,
            "frame_age_p50_s": round(self.age_p50_s, 3),
            "frame_age_p99_s": round(self.age_p99_s, 3),
            "replaced": round(self.replaced, 4),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Seat:
    stream: Stream
    profile: Profile


@dataclass(slots=True)
class _Sitting:
    """One candidate of the measurement. ages: (time, age) of the frames looked at; sent: times."""

    engine: InProcessEngine
    seat: _Seat
    phase_s: float
    inbox: Mailbox[EncodedFrame, None] = field(default_factory=Mailbox)
    ages: list[tuple[float, float]] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)

    async def send(self) -> None:
        """Send two frames a second, on time whatever becomes of them."""
        began_s = time.monotonic() + self.phase_s
        number = 0
        while True:
            await asyncio.sleep(max(0.0, began_s + number / FPS - time.monotonic()))
            frames = self.seat.stream.frames
            data = frames[number % len(frames)].data
            inspect(data)
            now_s = time.monotonic()
            answer = self.inbox.put(EncodedFrame(data, now_s))
            answer.add_done_callback(lambda done: done.cancelled() or done.exception())
            self.sent.append(now_s)
            number += 1

    async def work(self) -> None:
        """Take the newest frame, look at it, step the trackers, as the service does."""
        schedule, state = Schedule(), TrackerState(time.monotonic() - 1, profile=self.seat.profile)
        with suppress(MailboxClosed):
            while True:
                letter = await self.inbox.take()
                taken_at_s = letter.content.taken_at_s
                detectors, schedule = due(schedule, taken_at_s, wishes(state, taken_at_s))
                seen = await self.engine.observe(letter.content, detectors)
                state, _, _ = observe(state, seen, taken_at_s)
                now_s = time.monotonic()
                self.ages.append((now_s, now_s - taken_at_s))
                if not letter.answer.done():
                    letter.answer.set_result(None)


async def measure(streams: Sequence[Stream], models_dir: Path) -> dict[str, object]:
    """Let candidates join until the machine is full; gives every level and the peak memory."""
    engine = InProcessEngine(models_dir)
    await engine.start()
    with _PeakMemory() as memory:
        try:
            levels = await _climb(engine, await _room(engine, streams))
        finally:
            await engine.close()
    carried = [level for level in levels if level.carried]
    best = carried[-1] if carried else None
    return {
        "candidates_at_2fps": best.candidates if best else 0,
        "frame_age_p99_s": round(best.age_p99_s, 3) if best else None,
        "peak_rss_mb": round(memory.peak_mb, 1),
        "levels": [level.as_json() for level in levels],
    }


async def _room(engine: InProcessEngine, streams: Sequence[Stream]) -> list[_Seat]:
    """Give ten seats to be taken again and again."""
    everybody = [_Seat(stream, await _profile(engine, stream)) for stream in streams]
    calm = [seat for seat in everybody if await _is_calm(engine, seat.stream)]
    others = [seat for seat in everybody if seat not in calm]
    if not calm or not others:
        return everybody
    seats = [calm[i % len(calm)] for i in range(9 * len(others))]
    for i, other in enumerate(others):
        seats.insert(10 * i + 4, other)
    return seats


async def _is_calm(engine: InProcessEngine, stream: Stream) -> bool:
    for frame in stream.frames[::3]:
        seen = await engine.observe(frame, frozenset({Detector.FACES, Detector.HANDS}))
        if len(seen.faces or ()) != 1 or seen.hands:
            return False
    return True


async def _climb(engine: InProcessEngine, seats: Sequence[_Seat]) -> list[Level]:
    """Add candidates until a number fails twice in a row, or the time is up."""
    levels: list[Level] = []
    began_s, number, failures = time.monotonic(), _START, 0
    while time.monotonic() - began_s < _TIME_LIMIT_S and number <= _MOST and failures < 2:
        level = await _level(engine, seats, number)
        if level.carried:
            failures, number = 0, number + _STEP
        else:
            failures += 1
        if not levels or levels[-1].candidates != level.candidates or level.carried:
            levels.append(level)
    return levels


async def _level(engine: InProcessEngine, seats: Sequence[_Seat], number: int) -> Level:
    sittings = [
        _Sitting(engine, seats[i % len(seats)], phase_s=i / number / FPS) for i in range(number)
    ]
    workers = [asyncio.create_task(sitting.work()) for sitting in sittings]
    senders = [asyncio.create_task(sitting.send()) for sitting in sittings]
    await asyncio.sleep(_SETTLE_S)
    from_s = time.monotonic()
    await asyncio.sleep(_MEASURE_S)
    to_s = time.monotonic()
    for sender in senders:
        sender.cancel()
    await asyncio.gather(*senders, return_exceptions=True)
    for sitting in sittings:
        sitting.inbox.close()
    await asyncio.gather(*workers)
    ages = [age for one in sittings for at_s, age in one.ages if from_s <= at_s <= to_s]
    sent = sum(from_s <= at_s <= to_s for one in sittings for at_s in one.sent)
    lost = max(0.0, 1 - len(ages) / max(1, sent))
    if not ages:
        return Level(number, float("inf"), float("inf"), 1.0)
    return Level(number, percentile(ages, 0.5), percentile(ages, 0.99), lost)


async def _profile(engine: InProcessEngine, stream: Stream) -> Profile:
    """Enrol whoever the stream shows, so that identity has its turns as in an exam."""
    for frame in stream.frames:
        try:
            template = await engine.describe_face(frame)
        except PhotoRejected:
            continue
        return Profile(enrolled=(template.embedding,))
    return ANYBODY


class _PeakMemory:
    """The most memory this process and its children held at one time, sampled."""

    def __init__(self) -> None:
        self.peak_mb = 0.0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._done.wait(0.5):
            held = 0
            for process in (own, *own.children(recursive=True)):
                with suppress(psutil.Error):
                    held += process.memory_info().rss
            self.peak_mb = max(self.peak_mb, held / _MB)


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(load(), Path(sys.argv[1])))))
