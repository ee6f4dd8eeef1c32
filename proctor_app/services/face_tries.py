"""Faces before an account: anybody may have a picture judged while signing up, so all is capped.

A try lives in this process alone and is forgotten when the next one begins after its minute;
nothing of its pictures is kept. The form that is sent afterwards brings its own, judged again.
"""

import hashlib
from dataclasses import dataclass, replace

from proctor_app.clock import Clock
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.vision import capture
from proctor_app.vision.capture import Capture
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.enrolment import FaceTemplate, PhotoRejected
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import EncodedFrame, FrameRejected, inspect

MAX_AT_ONCE = 2
"""Pictures looked at in the same moment, of everybody: exams that run go first."""
MAX_TRIES = 500

BUSY = "Many people are signing up at this moment. It goes on by itself."
UNREADY = "The server is not ready to look at pictures. It is tried again by itself."
_NOT_JUDGED = ("busy", "vision_failed")


@dataclass(frozen=True, slots=True)
class Look:
    """What one picture showed. code: of the photo or the try, or "busy", "vision_failed", a
    frame's; good: pictures taken in this try; taken: whether this one was; over: the try ended
    without an enrolment."""

    code: str
    sentence: str
    good: int = 0
    taken: bool = False
    done: bool = False
    over: bool = False


class FaceTries:
    """Lives on one event loop. A tab has one try and one picture in flight."""

    def __init__(self, engine: VisionEngine, throttle: Throttle, clock: Clock) -> None:
        self._engine = engine
        self._throttle = throttle
        self._clock = clock
        self._tries: dict[str, Capture] = {}
        self._looking: set[str] = set()

    def begin(self, tab: str, address: str) -> None:
        """Begin a try, in place of the tab's last one. Raises Throttled."""
        self._throttle.hit(Limit.FACE_TRY_ADDRESS, address)
        self._throttle.hit(Limit.FACE_TRY_TAB, tab)
        now_s = self._now_s()
        self._tries.pop(tab, None)
        alive = {key: one for key, one in self._tries.items() if not capture.over(one, now_s)}
        while len(alive) >= MAX_TRIES:
            alive.pop(next(iter(alive)))
        self._tries = {**alive, tab: Capture(now_s)}

    async def look(self, tab: str, address: str, data: bytes) -> Look:
        """Judge one picture of a live try. Raises Throttled."""
        found = self._tries.get(tab)
        if found is None or capture.over(found, self._now_s()):
            return _ended(found)
        judged = await self._judge(tab, address, data)
        if self._tries.get(tab) is not found:  # begun anew meanwhile
            return Look("busy", BUSY)
        if isinstance(judged, Look):
            if judged.code not in _NOT_JUDGED:
                self._tries[tab] = capture.missed(found)
            return replace(judged, good=len(found.taken))
        digest = hashlib.sha256(data).digest()
        moved_on, code, taken = capture.take(found, judged, digest, self._now_s())
        self._tries[tab] = moved_on
        return Look(code, capture.SENTENCES[code], len(moved_on.taken), taken, moved_on.done)

    async def check(self, tab: str, address: str, data: bytes) -> Look:
        """Judge a photo that was chosen, without a try. Raises Throttled."""
        judged = await self._judge(tab, address, data)
        if isinstance(judged, Look):
            return judged
        return Look("good", "This photo serves.", good=1, taken=True, done=True)

    async def _judge(self, tab: str, address: str, data: bytes) -> FaceTemplate | Look:
        self._throttle.hit(Limit.FACE_LOOK_ADDRESS, address)
        self._throttle.hit(Limit.FACE_LOOK_TAB, tab)
        if tab in self._looking or len(self._looking) >= MAX_AT_ONCE:
            return Look("busy", BUSY)
        self._looking.add(tab)
        try:
            inspect(data)
            return await self._engine.describe_face(EncodedFrame(data, self._now_s()))
        except PhotoRejected as error:
            return Look(error.code, error.detail)
        except FrameRejected as error:
            return Look(error.code, "This is not a picture that can be used.")
        except VisionFailed:
            return Look("vision_failed", UNREADY)
        finally:
            self._looking.discard(tab)

    def _now_s(self) -> float:
        return self._clock().timestamp()


def _ended(found: Capture | None) -> Look:
    if found is not None and found.done:
        return Look("done", capture.SENTENCES["done"], len(found.taken), done=True)
    return Look("over", capture.SENTENCES["over"], over=True)
