"""An attempt while it is being monitored: everything this process remembers about its stream."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from proctor_app.domain.incident import EventType, Transition
from proctor_app.services.attempts import Progress
from proctor_app.services.incidents import Picture
from proctor_app.services.mailbox import Mailbox
from proctor_app.services.views import AttemptView
from proctor_app.vision import tracker
from proctor_app.vision.observation import Observation
from proctor_app.vision.presence import Presence, count
from proctor_app.vision.profile import Profile
from proctor_app.vision.schedule import Schedule
from proctor_app.vision.signals import FaceCount, Samples, face_count, face_visible
from proctor_app.vision.tracker import TrackerState


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """What the last frame showed, in plain terms; problem: why it could not be judged.
    face_box: left, top, right, bottom of the surest face as shares of the picture, 0 to 1."""

    face: FaceCount = "unknown"
    problem: str = ""
    face_box: tuple[float, float, float, float] | None = None
    open_types: tuple[EventType, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one frame. analysed: False where a newer frame took its place or it came too
    late to be looked at."""

    frame_number: int
    analysed: bool
    status: LiveStatus


@dataclass(frozen=True, slots=True)
class Incoming:
    picture: Picture
    frame_number: int


@dataclass(eq=False)
class LiveAttempt:
    """Touched only on the event loop; ``lock`` keeps the tracker's steps one after the other.

    awaited_since: since when frames are expected, newest of start and resumption.
    """

    attempt_id: str
    user_id: str
    ends_at: datetime
    awaited_since: datetime
    tracker: TrackerState
    presence: Presence
    last_frame_at: datetime | None = None
    schedule: Schedule = field(default_factory=Schedule)
    status: LiveStatus = field(default_factory=LiveStatus)
    picture: Picture | None = None
    frames: int = 0
    rejected: int = 0
    late: int = 0
    interrupted: bool = False
    saved: Progress | None = None
    inbox: Mailbox[Incoming, Receipt] = field(default_factory=Mailbox)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    uncommitted: deque[tuple[Transition, Picture | None]] = field(default_factory=deque)
    worker: asyncio.Task[None] | None = None

    @property
    def is_written(self) -> bool:
        """Whether the database knows everything that is known here."""
        return not self.uncommitted and self.progress == self.saved

    def silent_s(self, now: datetime) -> float:
        """How long frames have been awaited in vain."""
        return now.timestamp() - max(self.tracker.last_s, self.awaited_since.timestamp())

    @property
    def progress(self) -> Progress:
        seen = self.presence
        return Progress(self.attempt_id, self.last_frame_at, seen.monitored_s, seen.face_s)

    def absorb(self, observation: Observation, picture: Picture) -> None:
        """Step the trackers by one observation; what they find waits in ``uncommitted``."""
        now_s = picture.taken_at.timestamp()
        before_s = self.tracker.last_s
        self.tracker, transitions, samples = tracker.observe(self.tracker, observation, now_s)
        if not samples:
            return
        visible = face_visible(samples)
        self.presence = count(self.presence, visible, now_s - before_s)
        self.last_frame_at = picture.taken_at
        self.picture = picture
        self._queue(transitions, picture)
        self.status = LiveStatus(
            face=face_count(samples),
            problem=_problem(samples),
            face_box=_face_box(observation) if visible else None,
            open_types=tracker.open_types(self.tracker),
        )

    def tick(self, now: datetime) -> None:
        """Let time pass without a frame."""
        self.tracker, transitions = tracker.tick(self.tracker, now.timestamp())
        self._queue(transitions, self.picture)
        if now.timestamp() - self.tracker.last_s > tracker.SILENCE_S:
            self.status = LiveStatus(open_types=tracker.open_types(self.tracker))

    def finish(self, now: datetime) -> None:
        """Close what is open because the attempt ends here."""
        self.tracker, transitions = tracker.finish(self.tracker, now.timestamp())
        self._queue(transitions, None)

    def _queue(self, transitions: tuple[Transition, ...], picture: Picture | None) -> None:
        self.uncommitted.extend((transition, picture) for transition in transitions)


def _problem(samples: Samples) -> str:
    if samples[EventType.CAMERA_BLOCKED].score:
        return "blocked"
    return samples[EventType.FRAME_QUALITY_LOW].detail


def _face_box(observation: Observation) -> tuple[float, float, float, float] | None:
    best = max(observation.faces or (), key=lambda face: face.score, default=None)
    if best is None:
        return None
    width_px, height_px, box = observation.width_px, observation.height_px, best.box
    return (
        box.x0_px / width_px,
        box.y0_px / height_px,
        box.x1_px / width_px,
        box.y1_px / height_px,
    )


def attach(attempt: AttemptView, profile: Profile, now: datetime) -> LiveAttempt:
    """Begin (or go on) remembering a running attempt's stream from ``now`` on."""
    assert attempt.ends_at is not None
    return LiveAttempt(
        attempt_id=attempt.id,
        user_id=attempt.user_id,
        ends_at=attempt.ends_at,
        awaited_since=now,
        tracker=TrackerState(last_s=now.timestamp(), profile=profile),
        presence=Presence(attempt.monitored_s, attempt.face_s),
        last_frame_at=attempt.last_frame_at,
    )
