"""Log-in by face: one account's face alone (1:1), live, and for students only.

The e-mail says whose face it must be; a random action must be seen between two looks into the
camera; both looks must show the enrolled face. Every answer to a failure is the same, and an
account that is not there is treated as one whose face does not match.
"""

import asyncio
import hashlib
import math
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db.tables import User
from proctor_app.errors import Invalid, Throttled
from proctor_app.services.emails import normal_email
from proctor_app.services.face_door import (
    EXPIRES_IN,
    FaceDoor,
    FaceLoginFailed,
    FaceLoginPaused,
    Try,
)
from proctor_app.services.gate import Gate
from proctor_app.services.handover import Handover
from proctor_app.services.logins import LoggedIn, Logins, Origin
from proctor_app.services.profiles import Profiles
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.vision.challenge import Action, Challenge, Look, Phase, Reason, judge
from proctor_app.vision.challenge_words import hint
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import EncodedFrame, FrameRejected, inspect
from proctor_app.vision.observation import Detector, Observation
from proctor_app.vision.signals.identity import MAX_DISTANCE, nearest

MAX_FRAMES = 12
_FACES = frozenset({Detector.FACES})
_WHO = frozenset({Detector.FACES, Detector.IDENTITY})
_DESCRIBED = 2
"""So many pictures of a look are tried until one can be verified."""
ACTING_DISTANCE = 0.55
"""Closed eyes and an open mouth change a face; beyond this it is another one's."""
SAME_ACTION_FOR = timedelta(minutes=15)
_MAX_REMEMBERED = 20_000
"""E-mails whose action is remembered, far more than one address may ask for in that time."""


@dataclass(frozen=True, slots=True)
class Asked:
    challenge_id: str
    action: Action
    expires_in_s: int


def any_action() -> Action:
    return secrets.choice(list(Action))


class _Actions:
    """What is asked of whom, account or not: the same until a try is begun, as asking anew must not
    let anybody wait for the action that a recording shows. Of this process alone; any thread."""

    def __init__(self, choose: Callable[[], Action], clock: Clock) -> None:
        self._choose = choose
        self._clock = clock
        self._held: dict[bytes, tuple[Action, datetime]] = {}
        self._lock = threading.Lock()

    def of(self, email: str) -> Action:
        """The action for this normal e-mail, drawn anew once the last one is used or too old."""
        key, now = _digest(email), self._clock()
        with self._lock:
            held = self._held.get(key)
            if held is not None and held[1] > now:
                return held[0]
            action = self._choose()
            self._hold(key, action, now)
            return action

    def used(self, email: str) -> None:
        """Draw anew the next time: a try was begun."""
        with self._lock:
            self._held.pop(_digest(email), None)

    def unused(self, email: str, action: Action) -> None:
        """Ask for this one again: the try that was begun with it did not count."""
        with self._lock:
            self._hold(_digest(email), action, self._clock())

    def _hold(self, key: bytes, action: Action, now: datetime) -> None:
        """Entries stand in the order of their ends; the oldest go first where there is no room."""
        self._held.pop(key, None)
        while self._held:
            oldest = next(iter(self._held))
            if self._held[oldest][1] > now and len(self._held) < _MAX_REMEMBERED:
                break
            del self._held[oldest]
        self._held[key] = action, now + SAME_ACTION_FOR


def _digest(email: str) -> bytes:
    return hashlib.sha256(email.encode(errors="replace")).digest()


class FaceLogin:
    """Lives on one event loop; models and the database work in threads."""

    def __init__(
        self,
        door: FaceDoor,
        engine: VisionEngine,
        profiles: Profiles,
        logins: Logins,
        throttle: Throttle,
        clock: Clock,
        choose: Callable[[], Action] = any_action,
    ) -> None:
        """choose: what is asked; not to be foreseen."""
        self._door = door
        self._engine = engine
        self._profiles = profiles
        self._logins = logins
        self._throttle = throttle
        self._clock = clock
        self._actions = _Actions(choose, clock)
        self._handover = Handover(clock)
        self._gate = Gate(at_once=2, waiting=32)

    def challenge(self, email: str, origin: Origin) -> Asked:
        """Ask for a random action, in the same way for any e-mail; for the same one as before as
        long as no try was begun, for 15 minutes. Raises Throttled, Invalid."""
        self._throttle.hit(Limit.FACE_CHALLENGE_ADDRESS, origin.address)
        email = normal_email(email)
        self._throttle.hit(Limit.FACE_CHALLENGE_ACCOUNT, email)
        action = self._actions.of(email)
        challenge_id = self._door.ask(email, action)
        return Asked(challenge_id, action, int(EXPIRES_IN.total_seconds()))

    async def verify(
        self, email: str, challenge_id: str, frames: Sequence[bytes], origin: Origin
    ) -> LoggedIn:
        """Judge 1 to 12 JPEG or PNG frames in their order, and log in.

        Raises FaceLoginFailed; FaceLoginPaused or Throttled; Invalid, FrameRejected (not frames at
        all: the challenge is not used up); Unavailable or VisionFailed (not counted as a failure).
        """
        self._throttle.hit(Limit.FACE_LOGIN_ADDRESS, origin.address)
        if not 1 <= len(frames) <= MAX_FRAMES:
            raise Invalid("frames_count", f"Send 1 to {MAX_FRAMES} frames.")
        for frame in frames:
            inspect(frame)
        async with self._gate:
            made = await self.begin(email, challenge_id)
            try:
                seen = [await self.observe(frame) for frame in frames]
                judged = judge(made.action, tuple(seen))
            except FrameRejected:
                judged = Challenge(made.action, phase=Phase.FAILED, reason=Reason.POOR)
            except VisionFailed:
                await self._forgive(email, made)
                raise
            user = await self.settle(email, made, judged, dict(enumerate(frames, start=1)))
        return await asyncio.to_thread(self._logins.open, user, "face", origin)

    def check_paused(self, email: str) -> None:
        """Raise FaceLoginPaused after too many failures with this e-mail, of an account or not."""
        try:
            self._throttle.check(Limit.FACE_LOGIN_FAILURES, normal_email(email))
        except Throttled as error:
            raise FaceLoginPaused(error.retry_after_s) from error

    async def observe(self, frame: bytes) -> Observation:
        """Look for the face in a frame; raises FrameRejected or VisionFailed."""
        return await self._engine.observe(self._encoded(frame), _FACES)

    async def begin(self, email: str, challenge_id: str) -> Try:
        """Use the challenge up for a try that counts. Raises FaceLoginFailed, FaceLoginPaused."""
        self.check_paused(email)
        email = normal_email(email)
        made = await asyncio.to_thread(self._door.begin, email, challenge_id)
        self._actions.used(email)
        try:
            self._throttle.hit(Limit.FACE_LOGIN_FAILURES, email)
        except Throttled as error:
            raise FaceLoginPaused(error.retry_after_s) from error
        return made

    async def settle(
        self, email: str, made: Try, judged: Challenge, pictures: Mapping[int, bytes]
    ) -> User:
        """Bring a try to its end; pictures: by their number in the challenge. The user, once what
        was asked was seen and the face is the account's. Raises FaceLoginFailed, VisionFailed."""
        if judged.phase is not Phase.PASSED:
            await asyncio.to_thread(self._door.fail, made, judged.reason.value)
            raise FaceLoginFailed(hint(judged.reason))
        try:
            same = await self._is_same(made.user_id, judged, pictures)
        except VisionFailed:
            await self._forgive(email, made)
            raise
        if not same:
            await asyncio.to_thread(self._door.fail, made, "face")
            raise FaceLoginFailed
        user = await asyncio.to_thread(self._door.succeed, made)
        self._throttle.clear(Limit.FACE_LOGIN_FAILURES, normal_email(email))
        return user

    def hand_over(self, user: User) -> str:
        """A one-use ticket for the route that sets the cookie."""
        return self._handover.issue(user.id)

    def enter(self, ticket: str, origin: Origin) -> LoggedIn:
        """Open the log-in behind a ticket. Raises NotAuthenticated, Throttled."""
        self._throttle.hit(Limit.FACE_LOGIN_ADDRESS, origin.address)
        user = self._door.account(self._handover.redeem(ticket))
        return self._logins.open(user, "face", origin)

    async def _is_same(
        self, user_id: str | None, judged: Challenge, pictures: Mapping[int, bytes]
    ) -> bool:
        """Compare the looks before and after, and the face that acts as far as it can be told;
        nobody's account takes as long as somebody's."""
        enrolled = await asyncio.to_thread(self._templates, user_id)
        before = await self._distance(judged.before, pictures, enrolled)
        after = await self._distance(judged.after, pictures, enrolled)
        acting = await self._distance(judged.acts, pictures, enrolled)
        looks = max(math.inf if distance is None else distance for distance in (before, after))
        return looks <= MAX_DISTANCE and (acting is None or acting <= ACTING_DISTANCE)

    async def _distance(
        self,
        looks: tuple[Look, ...],
        pictures: Mapping[int, bytes],
        enrolled: tuple[tuple[float, ...], ...],
    ) -> float | None:
        """The distance of the newest look that can be verified; None where none can be."""
        for look in looks[: -_DESCRIBED - 1 : -1]:
            seen = await self._engine.observe(self._encoded(pictures[look.number]), _WHO)
            if seen.identity is not None and seen.identity.embedding is not None:
                return nearest(seen.identity, enrolled)
        return None

    def _templates(self, user_id: str | None) -> tuple[tuple[float, ...], ...]:
        return self._profiles.of(user_id or "").enrolled

    async def _forgive(self, email: str, made: Try) -> None:
        await asyncio.to_thread(self._door.forgive, made)
        self._actions.unused(normal_email(email), made.action)
        self._throttle.give_back(Limit.FACE_LOGIN_FAILURES, normal_email(email))

    def _encoded(self, frame: bytes) -> EncodedFrame:
        return EncodedFrame(frame, self._clock().timestamp())
