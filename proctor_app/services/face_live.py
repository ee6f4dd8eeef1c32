"""Log-in by face from a page: a stream of frames, guided live, that ends in a one-use ticket.

Whoever sends the frames is nobody yet, so all is bounded: tries at a time, frames and seconds of
each, one frame of a try in flight, and few frames of everybody at the same moment.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.errors import Unavailable
from proctor_app.services.face_door import FaceLoginFailed, FaceLoginPaused
from proctor_app.services.face_login import Asked, FaceLogin
from proctor_app.services.gate import Gate
from proctor_app.services.logins import Origin
from proctor_app.services.throttle import network
from proctor_app.vision import challenge_words
from proctor_app.vision.challenge import Challenge, Reason, fail, step
from proctor_app.vision.challenge_words import Guidance, guidance
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import inspect

FPS = 5.0
MAX_FRAMES = 120
MAX_AGE = timedelta(seconds=30)
"""From the first frame; the challenge itself ends 60 s after it was asked."""
FIRST_FRAME_WITHIN = timedelta(seconds=10)
"""The page begins a try once its camera runs; a try without a frame keeps its place no longer."""
MAX_TRIES = 48
MAX_TRIES_OF_ONE_ADDRESS = 12
_AT_ONCE = 2
_PAUSE = Guidance("One moment", "problem", 0)


@dataclass(frozen=True, slots=True)
class View:
    """ticket: for the route that sets the cookie, once the log-in succeeded. problem: what to tell
    of a log-in that failed; empty while it goes on."""

    guidance: Guidance
    ticket: str = ""
    problem: str = ""


@dataclass(slots=True)
class _Live:
    """source: the network it comes from. ends_at: until the first frame, when that must be there;
    asked_until: when the challenge ends. pictures: the frames that may be compared with the
    account's face, by their number."""

    email: str
    source: str
    asked: Asked
    state: Challenge
    ends_at: datetime
    asked_until: datetime
    begun: bool = False
    looking: bool = False
    pictures: dict[int, bytes] = field(default_factory=dict)


class FaceLive:
    """Lives on one event loop; the tries are of this process alone."""

    def __init__(self, login: FaceLogin, clock: Clock) -> None:
        self._login = login
        self._clock = clock
        self._tries: dict[str, _Live] = {}
        self._gate = Gate(at_once=_AT_ONCE, waiting=MAX_TRIES)

    async def begin(self, email: str, origin: Origin) -> str:
        """Begin a try; its id, known to the page's State alone. Raises Throttled (FaceLoginPaused
        after too many failures), Invalid (e-mail), Unavailable (too many tries at the moment, of
        everybody or of one address)."""
        self._login.check_paused(email)
        asked = await asyncio.to_thread(self._login.challenge, email, origin)
        now = self._clock()
        self._tries = {key: one for key, one in self._tries.items() if one.ends_at > now}
        source = network(origin.address)
        theirs = sum(one.source == source for one in self._tries.values())
        if len(self._tries) >= MAX_TRIES or theirs >= MAX_TRIES_OF_ONE_ADDRESS:
            raise Unavailable("busy", "Too many people log in by face at this moment. Try again.")
        self._tries[asked.challenge_id] = _Live(
            email,
            source,
            asked,
            Challenge(asked.action),
            ends_at=now + FIRST_FRAME_WITHIN,
            asked_until=now + timedelta(seconds=asked.expires_in_s),
        )
        return asked.challenge_id

    async def look(self, live_id: str, frame: bytes) -> View:
        """Take the try's next JPEG or PNG frame. Raises FrameRejected for one that is none."""
        live = self._tries.get(live_id)
        if live is not None and not live.begun and self._clock() >= live.ends_at:
            self.forget(live_id)
            live = None
        if live is None:
            return _over(FaceLoginFailed(challenge_words.hint(Reason.TIME_UP)).detail)
        if live.looking:
            return View(guidance(live.state))
        live.looking = True
        try:
            await self._take(live, frame)
            if self._clock() >= live.ends_at or live.state.frames >= MAX_FRAMES:
                live.state = live.state if live.state.done else fail(live.state, Reason.TIME_UP)
            return await self._finish(live) if live.state.done else View(guidance(live.state))
        except (VisionFailed, Unavailable):
            return View(_PAUSE)
        finally:
            live.looking = False

    def forget(self, live_id: str) -> None:
        """Let a try go whose page was left."""
        self._tries.pop(live_id, None)

    async def _take(self, live: _Live, frame: bytes) -> None:
        now = self._clock()
        if not live.begun:
            live.begun, live.ends_at = True, min(live.asked_until, now + MAX_AGE)
        inspect(frame)
        async with self._gate:
            seen = await self._login.observe(frame)
        live.state = step(live.state, seen, now.timestamp())
        held = {**live.pictures, live.state.frames: frame}
        live.pictures = {n: held[n] for n in live.state.kept if n in held}

    async def _finish(self, live: _Live) -> View:
        self._tries.pop(live.asked.challenge_id, None)
        state = live.state
        if state.reason is Reason.TIME_UP and not state.acts:  # nothing was tried: no failure
            why = Reason.TIME_UP if state.before else state.problem or Reason.TIME_UP
            return _over(FaceLoginFailed(challenge_words.hint(why)).detail)
        try:
            made = await self._login.begin(live.email, live.asked.challenge_id)
            user = await self._login.settle(live.email, made, state, live.pictures)
        except (FaceLoginFailed, FaceLoginPaused) as error:
            return _over(error.detail)
        except VisionFailed:
            return _over("The pictures could not be looked at. Try again.")
        return View(guidance(state), ticket=self._login.hand_over(user))


def _over(problem: str) -> View:
    return View(Guidance(problem, "failed", 0), problem=problem)
