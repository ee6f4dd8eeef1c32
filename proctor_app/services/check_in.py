"""The check before an exam: camera picture, calibrated pose, the account's face. It blocks nobody.

No picture of it is kept.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import Level
from proctor_app.errors import Conflict, Invalid, NotFound, Unavailable
from proctor_app.services import neutral, seb_door
from proctor_app.services.access import allow
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.gate import Gate
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.profiles import Profiles
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.views import AttemptView
from proctor_app.services.views import attempt as attempt_view
from proctor_app.services.watching import UNRECOGNISED
from proctor_app.vision import check
from proctor_app.vision.check import Seen
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import EncodedFrame, inspect
from proctor_app.vision.observation import Detector, Observation
from proctor_app.vision.profile import Neutral
from proctor_app.vision.signals import calibration
from proctor_app.vision.signals.calibration import CalibrationMemory

Outcome = Literal["matched", "mismatch", "unverifiable", "no_template"]
MAX_PICTURES = 5
MAX_CALIBRATIONS = 1000
TRIES = 3
"""A face that was not the account's in so many tries is for a person to look at."""
_TRY = "identity_try"
_BUSY = "Many people are at this check just now. It goes on by itself."
_S = AttemptStatus
_BEFORE = frozenset({_S.CREATED, _S.IDENTITY_PENDING, _S.READY})
_STATUSES = _BEFORE | {_S.RUNNING, _S.INTERRUPTED}
_FACES = frozenset({Detector.FACES})
_IDENTITY = frozenset({Detector.FACES, Detector.IDENTITY})


@dataclass(frozen=True, slots=True)
class Looked:
    """What one picture shows. faces: how many. code: what is wrong first, "good" where nothing is;
    sentence: what to do about it."""

    faces: int
    centred: bool
    near: bool
    light: bool
    sharp: bool
    code: str
    sentence: str

    @property
    def is_good(self) -> bool:
        return self.code == "good"


@dataclass(frozen=True, slots=True)
class Calibrated:
    """done: the pose is kept. progress: 0 to 1. sentence: what to do meanwhile."""

    done: bool
    progress: float
    code: str
    sentence: str


class CheckIn:
    """Lives on one event loop; calibrations that are under way are of this process alone."""

    def __init__(
        self,
        database: Database,
        engine: VisionEngine,
        rules: ExamRules,
        profiles: Profiles,
        monitoring: Monitoring,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._database = database
        self._engine = engine
        self._rules = rules
        self._profiles = profiles
        self._monitoring = monitoring
        self._throttle = throttle
        self._clock = clock
        self._calibrations: dict[str, CalibrationMemory] = {}
        self._gate = Gate(at_once=2, waiting=64, busy=_BUSY)

    async def look(self, actor: Actor, attempt_id: str, jpeg: bytes) -> Looked:
        """Judge one picture of the camera; exams that run go first.

        Raises NotFound, NotAllowed, Conflict ("check_in_over", "camera_not_used"), Throttled,
        FrameRejected, Unavailable.
        """
        await self._enter(actor, attempt_id, Limit.CHECK_IN_LOOK)
        return _looked(check.judge(await self._observe(jpeg, _FACES)))

    async def calibrate(self, actor: Actor, attempt_id: str, jpeg: bytes) -> Calibrated:
        """Take the next picture of somebody who looks at the screen; some two seconds of them, no
        more than a second apart, settle the pose, which is kept with the attempt.

        Raises as ``look``.
        """
        await self._enter(actor, attempt_id, Limit.CHECK_IN_LOOK)
        observation = await self._observe(jpeg, _FACES)
        looked = _looked(check.judge(observation))
        memory = self._calibrations.pop(attempt_id, CalibrationMemory())
        now_s = self._clock().timestamp()
        if looked.is_good:
            memory = calibration.read(observation, memory, now_s)
        found = memory.neutral
        if found is None:
            self._remember(attempt_id, memory)
            progress = calibration.progress(memory)
            sentence = _LOOK_HERE if looked.is_good else looked.sentence
            return Calibrated(False, progress, looked.code, sentence)
        await asyncio.to_thread(self._keep_neutral, attempt_id, found)
        self._monitoring.recalibrate(attempt_id, found)
        return Calibrated(True, 1.0, "done", "Thank you, that is all.")

    async def identify(self, actor: Actor, attempt_id: str, jpegs: Sequence[bytes]) -> Outcome:
        """Compare the face in up to five pictures with the account's; the pictures are forgotten.

        One that matches is enough; a picture with a second face, or one that can't be judged,
        counts neither way. The last of three mismatches is put before the proctors. Raises as
        ``look``, Invalid (no picture, or too many).
        """
        if not 1 <= len(jpegs) <= MAX_PICTURES:
            raise Invalid("pictures_invalid", f"Send 1 to {MAX_PICTURES} pictures.")
        attempt = await self._enter(actor, attempt_id, Limit.IDENTIFY)
        profile = await asyncio.to_thread(self._profiles.of, attempt.user_id)
        outcome: Outcome = "no_template"
        if profile.enrolled:
            seen = [await self._observe(jpeg, _IDENTITY) for jpeg in jpegs]
            outcome = check.recognise(seen, profile)
        unrecognised = await asyncio.to_thread(self._keep_outcome, attempt_id, outcome)
        if unrecognised and attempt.status not in _BEFORE:
            await self._monitoring.note_unrecognised(attempt_id)
        return outcome

    async def _enter(self, actor: Actor, attempt_id: str, limit: Limit) -> AttemptView:
        self._throttle.hit(limit, actor.user_id)
        return await asyncio.to_thread(self._allowed, actor, attempt_id)

    def _allowed(self, actor: Actor, attempt_id: str) -> AttemptView:
        with self._database.read() as session:
            row = AttemptRows(session).by_id(attempt_id)
            if row is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            allow(actor, Action.SIT, row.user_id)
            seb_door.require_for(session, actor, row)
        attempt = attempt_view(row)
        if attempt.status not in _STATUSES:
            raise Conflict("check_in_over", "The check is over for this attempt.")
        if self._rules.of(attempt_id).level is not Level.CAMERA:
            raise Conflict("camera_not_used", "This exam does not use the camera.")
        return attempt

    async def _observe(self, jpeg: bytes, detectors: frozenset[Detector]) -> Observation:
        inspect(jpeg)
        async with self._gate:
            try:
                frame = EncodedFrame(jpeg, self._clock().timestamp())
                return await self._engine.observe(frame, detectors)
            except VisionFailed as error:
                raise Unavailable(
                    "vision_failed", "The picture could not be looked at. Try again."
                ) from error

    def _remember(self, attempt_id: str, memory: CalibrationMemory) -> None:
        while len(self._calibrations) >= MAX_CALIBRATIONS:
            self._calibrations.pop(next(iter(self._calibrations)))
        self._calibrations[attempt_id] = memory

    def _keep_neutral(self, attempt_id: str, found: Neutral) -> None:
        with self._database.write() as session:
            rows = AttemptRows(session)
            row = rows.locked(attempt_id)
            if row is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            row.neutral = neutral.to_json(found)
            rows.log(attempt_id, self._clock(), "calibrated")

    def _keep_outcome(self, attempt_id: str, outcome: Outcome) -> bool:
        """Write the try into the attempt's history; whether it was the last mismatch allowed."""
        with self._database.write() as session:
            rows = AttemptRows(session)
            if rows.locked(attempt_id) is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            lines = rows.events(attempt_id)
            rows.log(attempt_id, self._clock(), _TRY, outcome)
            mismatches = sum(one.kind == _TRY and one.detail == "mismatch" for one in lines)
            known = any(one.kind == UNRECOGNISED for one in lines)
            if outcome != "mismatch" or mismatches + 1 < TRIES or known:
                return False
            rows.log(attempt_id, self._clock(), UNRECOGNISED)
            return True


_LOOK_HERE = "Look at the screen as you do when you read."


def _looked(seen: Seen) -> Looked:
    return Looked(
        seen.faces, seen.centred, seen.near, seen.light, seen.sharp, seen.code, seen.sentence
    )
