"""An attempt while it is being monitored: everything this process remembers about its stream."""

import asyncio
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime

from proctor_app.domain import browser_episodes as browser
from proctor_app.domain.browser_episodes import BrowserState
from proctor_app.domain.exam import Level
from proctor_app.domain.incident import EventType, Phase, Severity, Transition
from proctor_app.services.attempts import Progress
from proctor_app.services.evidence import Picture
from proctor_app.services.exam_rules import FREE, Rules
from proctor_app.services.mailbox import Mailbox
from proctor_app.services.moments import Moments
from proctor_app.services.trace_pages import Recorder
from proctor_app.services.views import AttemptView
from proctor_app.vision import tracker
from proctor_app.vision.observation import Observation
from proctor_app.vision.presence import Presence, count
from proctor_app.vision.profile import Profile
from proctor_app.vision.schedule import Schedule
from proctor_app.vision.signals import FaceCount, Samples, face_count, face_visible
from proctor_app.vision.tracker import TrackerState

AT_CHECK_IN = "at the check-in"


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


@dataclass(frozen=True, slots=True)
class Found:
    """A transition that waits for its commit. at_s: when it was found. before: what an opened
    one's camera showed earlier. is_told: by the browser, not seen in a picture."""

    change: Transition
    picture: Picture | None = None
    is_told: bool = False
    at_s: float = 0.0
    before: Picture | None = None


@dataclass(eq=False)
class LiveAttempt:
    """Touched only on the event loop; ``lock`` keeps the tracker's steps one after the other.

    awaited_since: since when frames are expected, newest of start and resumption. seen_at: the
    page's newest sign of life. incidents: the ids of those that are open, apart by whether the
    browser told of them, for both may know one type. in_doubt: a commit seemed to fail.
    is_torn: the browser's incidents may stand open in the database without being known here.
    inside: the log-ins that may sit it, as the database said since it runs.
    """

    attempt_id: str
    user_id: str
    ends_at: datetime
    awaited_since: datetime
    tracker: TrackerState
    presence: Presence
    rules: Rules = FREE
    last_frame_at: datetime | None = None
    seen_at: datetime | None = None
    browser: BrowserState = field(default_factory=BrowserState)
    incidents: dict[tuple[bool, EventType], int] = field(default_factory=dict)
    schedule: Schedule = field(default_factory=Schedule)
    status: LiveStatus = field(default_factory=LiveStatus)
    picture: Picture | None = None
    moments: Moments = field(default_factory=Moments)
    trace: Recorder = field(default_factory=Recorder)
    frames: int = 0
    rejected: int = 0
    late: int = 0
    interrupted: bool = False
    in_doubt: bool = False
    is_torn: bool = False
    saved: Progress | None = None
    inbox: Mailbox[Incoming, Receipt] = field(default_factory=Mailbox)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    uncommitted: deque[Found] = field(default_factory=deque)
    worker: asyncio.Task[None] | None = None
    inside: set[str] = field(default_factory=set)

    @property
    def is_written(self) -> bool:
        """Whether the database knows everything that is known here."""
        is_settled = not self.uncommitted and not self.is_torn and self.progress == self.saved
        return is_settled and self.trace.is_written

    def silent_s(self, now: datetime) -> float:
        """How long frames have been awaited in vain."""
        return now.timestamp() - max(self.tracker.last_s, self.awaited_since.timestamp())

    @property
    def progress(self) -> Progress:
        seen = self.presence
        return Progress(
            self.attempt_id, self.last_frame_at, seen.monitored_s, seen.face_s, self.seen_at
        )

    @property
    def has_camera(self) -> bool:
        return self.rules.level is Level.CAMERA

    def absorb(self, observation: Observation, picture: Picture) -> None:
        """Step the trackers by one observation; what they find waits in ``uncommitted``."""
        now_s = picture.taken_at.timestamp()
        before_s = self.tracker.last_s
        self.tracker, transitions, samples = tracker.observe(self.tracker, observation, now_s)
        if not samples:
            return
        self.trace.see(now_s, samples)
        visible = face_visible(samples)
        self.presence = count(self.presence, visible, now_s - before_s)
        self.last_frame_at = self.seen_at = picture.taken_at
        self.picture = picture
        self._queue(transitions, picture, now_s)
        self.moments.see(picture)
        self.status = LiveStatus(
            face=face_count(samples),
            problem=_problem(samples),
            face_box=_face_box(observation) if visible else None,
            open_types=tracker.open_types(self.tracker),
        )

    def beat(self, now: datetime) -> None:
        """The page is there. Where a camera is asked for, that alone fills no gap."""
        self.seen_at = now
        if not self.has_camera:
            self.tracker, transitions = tracker.beat(self.tracker, now.timestamp())
            self._queue(transitions, None, now.timestamp())

    def remember(self, found: Found, incident_id: int) -> None:
        """The incident is committed: its end will be written to this very row."""
        key = (found.is_told, found.change.event_type)
        if found.change.phase is Phase.OPENED:
            self.incidents[key] = incident_id
            if not found.is_told:
                self.moments.opened(incident_id, found.at_s, found.before)
        else:
            self.incidents.pop(key, None)
            self.moments.closed(incident_id, found.picture)

    def unrecognised(self, now: datetime) -> None:
        """The check-in ended with a face that was not the account's."""
        opened = Transition(
            Phase.OPENED,
            EventType.IDENTITY_MISMATCH,
            Severity.NOTICE,
            now.timestamp(),
            None,
            1.0,
            AT_CHECK_IN,
        )
        self._queue_told((opened, replace(opened, phase=Phase.CLOSED, end_s=opened.start_s)))

    def tick(self, now: datetime) -> None:
        """Let time pass without a frame."""
        told = browser.tick(self.browser, now.timestamp())
        self.browser = told.state
        self._queue_told(told.transitions)
        self.tracker, transitions = tracker.tick(self.tracker, now.timestamp())
        self._queue(transitions, self.picture, now.timestamp())
        is_silent = now.timestamp() - self.tracker.last_s > tracker.SILENCE_S
        if is_silent:
            self.status = LiveStatus(open_types=tracker.open_types(self.tracker))
        if self.has_camera:
            self.trace.wait(now.timestamp(), is_silent=is_silent)

    def finish(self, now: datetime) -> None:
        """Close what is open because the attempt ends here."""
        self.tracker, transitions = tracker.finish(self.tracker, now.timestamp())
        self._queue(transitions, self.picture, now.timestamp())
        told = browser.finish(self.browser, now.timestamp())
        self.browser = told.state
        self._queue_told(told.transitions)

    def _queue(
        self, transitions: tuple[Transition, ...], picture: Picture | None, at_s: float
    ) -> None:
        for change in transitions:
            is_new = change.phase is Phase.OPENED
            before = self.moments.before(change.start_s) if is_new else None
            self.uncommitted.append(Found(change, picture, at_s=at_s, before=before))

    def _queue_told(self, transitions: tuple[Transition, ...]) -> None:
        self.uncommitted.extend(Found(transition, is_told=True) for transition in transitions)


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


def attach(attempt: AttemptView, profile: Profile, rules: Rules, now: datetime) -> LiveAttempt:
    """Begin (or go on) remembering a running attempt's stream from ``now`` on."""
    assert attempt.ends_at is not None
    return LiveAttempt(
        attempt_id=attempt.id,
        user_id=attempt.user_id,
        ends_at=attempt.ends_at,
        awaited_since=now,
        tracker=TrackerState(last_s=now.timestamp(), specs=rules.specs, profile=profile),
        presence=Presence(attempt.monitored_s, attempt.face_s),
        rules=rules,
        last_frame_at=attempt.last_frame_at,
        seen_at=attempt.last_seen_at,
    )
