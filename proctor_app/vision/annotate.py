"""A recording with what was seen in it drawn in: boxes in the picture, the rest below it."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from proctor_app.vision.boxes import scaled
from proctor_app.vision.drawing import (
    ACCENT,
    NOTICE,
    UNKNOWN,
    Painter,
    panel_height_px,
)
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.notes import Mark, Notes
from proctor_app.vision.observation import Box, DetectedObject, HeadPose
from proctor_app.vision.recording import OnProgress, Recording, Report

_MIN_FPS, _MAX_FPS = 10.0, 25.0
"""Slow recordings repeat their pictures, so that time and marks move on smoothly."""
_LONG_SIDE_PX = 1280
_MIN_WIDTH_PX = 480
"""Smaller pictures are enlarged, or the words below them would not fit."""
_CODECS = {".mp4": "mp4v", ".m4v": "mp4v", ".mov": "mp4v", ".avi": "MJPG", ".webm": "VP80"}
"""What OpenCV's own FFmpeg can write without further libraries, by the file's ending."""
_JOINED_S = 1.0
"""Between two looks nearer than this a box moves on in a straight line."""
_OBJECTS_STAND_S = 1.2
"""Objects are looked for about once a second; until the next look they stand where they were."""
_DRAWN_SCORE = 0.3
_TURNED_DEG = 10.0


class AnnotationFailed(RuntimeError):
    """The video can't be written; the text says why, in one line."""

    code = "annotation_failed"


@dataclass(frozen=True, slots=True)
class _Layout:
    """width_px, height_px: of the picture as drawn; panel_px: the height of what is below it."""

    width_px: int
    height_px: int
    panel_px: int
    scale: float


def annotate(
    source: Path,
    target: Path,
    notes: Notes,
    report: Report,
    on_progress: OnProgress | None = None,
) -> None:
    """Draw the findings of ``report`` into a copy of the recording, without its sound.

    Writes MP4 (MPEG-4 part 2), AVI or WebM by the target's ending, whole or not at all. Raises
    AnnotationFailed and RecordingUnreadable.
    """
    codec = _CODECS.get(target.suffix.lower())
    if codec is None:
        raise AnnotationFailed(f"{target}: must end in {', '.join(_CODECS)}")
    part = target.with_name(f".{target.stem}.part{target.suffix}")
    try:
        with Recording(source) as recording:
            _write(recording, part, codec, notes, report, on_progress)
        part.replace(target)
    except OSError as error:
        raise AnnotationFailed(f"{target}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)


def _write(
    recording: Recording,
    target: Path,
    codec: str,
    notes: Notes,
    report: Report,
    on_progress: OnProgress | None,
) -> None:
    fps = min(_MAX_FPS, max(_MIN_FPS, recording.fps))
    writer: cv2.VideoWriter | None = None
    layout = painter = None
    try:
        for frame, times in _paced(recording.frames(fps), fps, report.duration_s):
            if writer is None or layout is None or painter is None:
                layout = _layout(frame.bgr)
                painter = Painter(layout.width_px, report.incidents, report.duration_s)
                writer = _open(target, codec, fps, layout)
            picture = _resized(frame.bgr, layout)
            for time_s in times:
                canvas = np.zeros(
                    (layout.height_px + layout.panel_px, layout.width_px, 3), np.uint8
                )
                canvas[: layout.height_px] = picture
                _draw(canvas, painter, notes, time_s, layout)
                writer.write(canvas)
            if on_progress is not None:
                on_progress(frame.taken_at_s, report.duration_s)
    finally:
        if writer is not None:
            writer.release()


def _paced(
    frames: Iterator[Frame], fps: float, duration_s: float
) -> Iterator[tuple[Frame, list[float]]]:
    """Give every frame with the times at which an even rate shows it: a GIF's pictures may stand
    for any length."""
    number, last = 0, None
    for frame in frames:
        if last is not None:
            times = []
            while number / fps < frame.taken_at_s - 1e-6:
                times.append(number / fps)
                number += 1
            yield last, times
        last = frame
    if last is not None:
        end = max(number + 1, round(duration_s * fps))
        yield last, [i / fps for i in range(number, end)]


def _draw(canvas: Pixels, painter: Painter, notes: Notes, time_s: float, layout: _Layout) -> None:
    before = bisect_right(notes.marks, time_s + 1e-6, key=lambda mark: mark.at_s) - 1
    mark = notes.marks[before] if before >= 0 else None
    if mark is not None:
        following = notes.marks[before + 1] if before + 1 < len(notes.marks) else None
        for i, face in enumerate(mark.faces):
            box, text = face.box, "face"
            if i == 0:
                box = _moved(mark, following, time_s)
                text = _face_text(mark.pose)
            painter.box(canvas, scaled(box, layout.scale), text, ACCENT if i == 0 else NOTICE)
        for thing in _objects(notes.marks, before, time_s):
            painter.box(canvas, scaled(thing.box, layout.scale), thing.label, NOTICE)
        for hand in mark.hands or ():
            painter.box(canvas, scaled(hand.box, layout.scale), f"{hand.side} hand", UNKNOWN)
    painter.panel(canvas, layout.height_px, time_s, _status(mark))


def _objects(marks: Sequence[Mark], before: int, time_s: float) -> list[DetectedObject]:
    """The things last seen, as long as they stand; people have their faces' boxes."""
    for mark in reversed(marks[max(0, before - 12) : before + 1]):
        if time_s - mark.at_s > _OBJECTS_STAND_S:
            break
        if mark.objects is not None:
            return [o for o in mark.objects if o.score >= _DRAWN_SCORE and o.label != "person"]
    return []


def _moved(mark: Mark, following: Mark | None, time_s: float) -> Box:
    """Where the surest face is between two looks."""
    box = mark.faces[0].box
    if following is None or not following.faces or following.at_s - mark.at_s > _JOINED_S:
        return box
    share = (time_s - mark.at_s) / (following.at_s - mark.at_s)
    to = following.faces[0].box
    if abs(to.x0_px - box.x0_px) > box.width_px or abs(to.y0_px - box.y0_px) > box.height_px:
        return box  # another face is the surest one now
    return Box(
        box.x0_px + share * (to.x0_px - box.x0_px),
        box.y0_px + share * (to.y0_px - box.y0_px),
        box.x1_px + share * (to.x1_px - box.x1_px),
        box.y1_px + share * (to.y1_px - box.y1_px),
    )


def _face_text(pose: HeadPose | None) -> str:
    if pose is None:
        return "face"
    parts = [
        f"{abs(angle_deg):.0f}\N{DEGREE SIGN} {positive if angle_deg > 0 else negative}"
        for angle_deg, positive, negative in (
            (pose.yaw_deg, "left", "right"),
            (pose.pitch_deg, "up", "down"),
        )
        if abs(angle_deg) >= _TURNED_DEG
    ]
    return f"head {', '.join(parts)}" if parts else "face"


def _status(mark: Mark | None) -> str:
    if mark is None:
        return "not judged"
    if mark.problem:
        return f"not judged: {mark.problem}"
    words = {"none": "no face", "one": "face visible", "unknown": "not judged"}
    return words.get(mark.count) or f"{len(mark.faces)} faces"


def _layout(bgr: Pixels) -> _Layout:
    height_px, width_px = bgr.shape[:2]
    scale = min(max(1.0, _MIN_WIDTH_PX / width_px), _LONG_SIDE_PX / max(height_px, width_px))
    # Most codecs want even sides.
    drawn_width_px = max(2, round(width_px * scale / 2) * 2)
    drawn_height_px = max(2, round(height_px * scale / 2) * 2)
    return _Layout(drawn_width_px, drawn_height_px, panel_height_px(drawn_width_px), scale)


def _resized(bgr: Pixels, layout: _Layout) -> Pixels:
    if bgr.shape[:2] == (layout.height_px, layout.width_px):
        return bgr
    how = cv2.INTER_AREA if layout.scale < 1 else cv2.INTER_CUBIC
    size = (layout.width_px, layout.height_px)
    return np.asarray(cv2.resize(bgr, size, interpolation=how), np.uint8)


def _open(target: Path, codec: str, fps: float, layout: _Layout) -> cv2.VideoWriter:
    target.touch()  # raises OSError where OpenCV would only fail to open
    size = (layout.width_px, layout.height_px + layout.panel_px)
    writer = cv2.VideoWriter(str(target), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*codec), fps, size)
    if not writer.isOpened():
        raise AnnotationFailed(f"{target}: no video can be written here")
    return writer
