"""Recordings: the pipeline of the live service over a file, in media time.

GIF, MP4, MOV, MKV, AVI and raw MJPEG are read. A raw MJPEG names no frame rate and no length:
FFmpeg takes it for 25 frames a second.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from proctor_app.domain.incident import Phase, Transition
from proctor_app.domain.score import ScoredIncident, compliance
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.frame import Frame
from proctor_app.vision.observation import Observation
from proctor_app.vision.presence import Presence, count
from proctor_app.vision.profile import ANYBODY, Profile
from proctor_app.vision.schedule import Schedule, due
from proctor_app.vision.signals import Samples, face_visible
from proctor_app.vision.tracker import TrackerState, finish, observe, wishes

DEFAULT_FPS = 4.0
_MAX_PIXELS = 8192 * 4320
_LEAST_READABLE_SHARE = 0.5
_LONGEST_STEP_S = 1.0
"""The last picture stands as long as the one before it did, at most this long."""
_EPSILON_S = 1e-6

# First bytes of the containers that are read, as (offset, bytes). Playlists, which can name other
# files and hosts, are none of them and never reach FFmpeg.
_MAGIC: tuple[tuple[int, bytes], ...] = (
    (0, b"GIF8"),
    (0, b"\x1aE\xdf\xa3"),  # Matroska, WebM
    (0, b"\xff\xd8\xff"),  # raw MJPEG
    (8, b"AVI "),
    *(
        (4, atom)
        for atom in (b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
    ),
)


@dataclass(frozen=True, slots=True)
class Look:
    """One frame that was looked at, and what came of it; state: the trackers' after it."""

    frame: Frame
    observation: Observation
    samples: Samples
    transitions: tuple[Transition, ...]
    state: TrackerState


OnLook = Callable[[Look], None]
OnProgress = Callable[[float, float | None], None]
"""Called with the media seconds read so far and the length, None where it is not known."""


class RecordingUnreadable(ValueError):
    """A file that is missing, broken, empty, or no video; the text says which, in one line."""

    code = "recording_unreadable"


@dataclass(frozen=True, slots=True)
class Report:
    """What a recording holds.

    duration_s: what could be read; announced_s: what its header promised, None where it does
    not say. face_detection_rate: share of the judged time with a face in the picture, None where
    nothing could be judged. compliance: 0 to 100. incidents: closed, by start; none ends after
    duration_s.
    """

    duration_s: float
    announced_s: float | None
    face_detection_rate: float | None
    compliance: float
    incidents: tuple[Transition, ...]


class Recording:
    """An open video file; a context manager.

    announced_s: the length its header promises, None where it has none. duration_s: the length
    of what was read so far.
    """

    def __init__(self, path: Path) -> None:
        """Open the file; raises RecordingUnreadable."""
        self._path = path
        _check_magic(path)
        self._capture = _open(path)
        if not self._capture.isOpened():
            raise RecordingUnreadable(f"{path}: no video can be read from this file")
        width_px, height_px, self._fps, frames = (
            self._capture.get(prop)
            for prop in (
                cv2.CAP_PROP_FRAME_WIDTH,
                cv2.CAP_PROP_FRAME_HEIGHT,
                cv2.CAP_PROP_FPS,
                cv2.CAP_PROP_FRAME_COUNT,
            )
        )
        if width_px * height_px > _MAX_PIXELS:
            self._capture.release()
            raise RecordingUnreadable(f"{path}: {width_px:.0f}x{height_px:.0f} is too large")
        if not 0 < self._fps <= 1000:
            self._fps = 25.0
        self.announced_s = frames / self._fps if frames > 0 else None
        self.duration_s = 0.0

    def frames(self, fps: float) -> Iterator[Frame]:
        """Give the first frame at or after every 1/fps seconds, with its media time from 0.

        Raises RecordingUnreadable at the end, where too little could be read.
        """
        due_s, pictures = 0.0, 0
        for time_s in self._times():
            pictures += 1
            if time_s < due_s - _EPSILON_S:
                continue
            due_s = (int((time_s + _EPSILON_S) * fps) + 1) / fps
            decoded, bgr = self._capture.retrieve()
            if decoded:
                yield Frame(np.asarray(bgr, np.uint8), time_s)
        self._check_length(pictures)

    @property
    def fps(self) -> float:
        """Frames a second as its header has it; 25 where that is no sensible number."""
        return self._fps

    def close(self) -> None:
        self._capture.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _times(self) -> Iterator[float]:
        """Step through the frames, giving the media time of each; keeps ``duration_s``."""
        nominal_s = 1.0 / self._fps
        first_s: float | None = None
        time_s, step_s = 0.0, nominal_s
        while self._capture.grab():
            stamp_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if first_s is None:
                first_s = stamp_s
            else:
                # A stream without usable time stamps runs at the rate of its header.
                later_s = stamp_s - first_s
                later_s = later_s if later_s > time_s else time_s + nominal_s
                time_s, step_s = later_s, later_s - time_s
            self.duration_s = self._end_s(time_s, step_s)
            yield time_s

    def _end_s(self, time_s: float, step_s: float) -> float:
        """Say when the frame at time_s ends: a step later, but not after an announced end."""
        end_s = time_s + min(step_s, _LONGEST_STEP_S)
        announced_s = self.announced_s
        return end_s if announced_s is None or announced_s <= time_s else min(end_s, announced_s)

    def _check_length(self, pictures: int) -> None:
        if pictures < 2:
            what = "a single picture" if pictures else "no picture"
            raise RecordingUnreadable(f"{self._path}: holds {what}, not a video")
        announced_s = self.announced_s
        if announced_s and self.duration_s < announced_s * _LEAST_READABLE_SHARE:
            raise RecordingUnreadable(
                f"{self._path}: damaged, only {self.duration_s:.1f} of {announced_s:.1f} s"
                " could be read"
            )


def watch(
    recording: Recording, analyzer: Analyzer, fps: float, profile: Profile = ANYBODY
) -> Iterator[Look]:
    """Run detectors, signals and rules over an open recording as on a live stream of this rate:
    each detector in its turn, or when the signals wish for it.

    Raises RecordingUnreadable at the end, where too little could be read.
    """
    state, schedule = TrackerState(last_s=-1.0, profile=profile), Schedule()
    for frame in recording.frames(fps):
        now_s = frame.taken_at_s
        detectors, schedule = due(schedule, now_s, wishes(state, now_s))
        observation = analyzer.observe(frame, detectors)
        state, transitions, samples = observe(state, observation, now_s)
        yield Look(frame, observation, samples, transitions, state)


def analyze(
    path: Path,
    analyzer: Analyzer,
    fps: float = DEFAULT_FPS,
    on_progress: OnProgress | None = None,
    *,
    on_look: OnLook | None = None,
    profile: Profile = ANYBODY,
) -> Report:
    """Run schedule, detectors, signals and rules over a recording; raises RecordingUnreadable.

    A damaged recording is judged by its readable part if that is at least half of it.
    """
    state = TrackerState(last_s=-1.0, profile=profile)
    found: list[Transition] = []
    presence, visible, seen_s = Presence(), None, 0.0
    with Recording(path) as recording:
        for look in watch(recording, analyzer, fps, profile):
            now_s, state = look.frame.taken_at_s, look.state
            presence = count(presence, visible, now_s - seen_s)
            found.extend(look.transitions)
            visible, seen_s = face_visible(look.samples), now_s
            if on_look is not None:
                on_look(look)
            if on_progress is not None:
                on_progress(now_s, recording.announced_s)
        duration_s, announced_s = recording.duration_s, recording.announced_s
    presence = count(presence, visible, duration_s - seen_s)
    found.extend(finish(state, duration_s)[1])
    return _report(duration_s, announced_s, presence, found)


def _report(
    duration_s: float, announced_s: float | None, presence: Presence, found: list[Transition]
) -> Report:
    closed = [transition for transition in found if transition.phase is Phase.CLOSED]
    incidents = tuple(sorted(closed, key=lambda one: (one.start_s, one.event_type)))
    scored = (
        ScoredIncident(one.event_type, one.confidence, (one.end_s or one.start_s) - one.start_s)
        for one in incidents
    )
    value = compliance(scored).value
    return Report(duration_s, announced_s, presence.rate, value, incidents)


def _open(path: Path) -> cv2.VideoCapture:
    """Open with FFmpeg alone, and without OpenCV's remarks: our own errors say what is wrong."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        return cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    finally:
        cv2.utils.logging.setLogLevel(level)


def _check_magic(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except FileNotFoundError as error:
        raise RecordingUnreadable(f"{path}: no such file") from error
    except OSError as error:
        raise RecordingUnreadable(f"{path}: {error.strerror or error}") from error
    if not head:
        raise RecordingUnreadable(f"{path}: the file is empty")
    if not any(head.startswith(magic, offset) for offset, magic in _MAGIC):
        raise RecordingUnreadable(f"{path}: not a video (GIF, MP4, MOV, MKV, AVI or MJPEG)")
