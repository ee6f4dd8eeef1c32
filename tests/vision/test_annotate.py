"""The annotated copy of a recording, and the page about it."""

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from proctor_app.cli_analyze import Outputs, run
from proctor_app.domain.incident import EventType, Phase, Severity, Transition
from proctor_app.vision.annotate import AnnotationFailed, annotate
from proctor_app.vision.drawing import ALERT, PANEL, Painter, clock, panel_height_px
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.notes import Mark, Notes
from proctor_app.vision.observation import Box, DetectedObject, Face, Observation
from proctor_app.vision.quality import judge
from proctor_app.vision.recording import Look, Recording, Report
from proctor_app.vision.signals import Sample
from proctor_app.vision.tracker import TrackerState
from tests.vision.test_recording import write_clip

SIZE = (320, 240)
PHONE = Transition(Phase.CLOSED, EventType.PHONE, Severity.ALERT, 1.0, 2.0, 0.8)
FACE = Face(Box(100, 60, 180, 140), 0.95)


@pytest.fixture(scope="module")
def grey() -> list[Pixels]:
    """Three seconds at ten frames a second, evenly grey."""
    return [np.full((SIZE[1], SIZE[0], 3), 120, np.uint8) for _ in range(30)]


@pytest.fixture
def clip(grey: list[Pixels], tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        path = tmp_path / name
        write_clip(path, grey)
        return path

    return make


@pytest.fixture
def notes() -> Notes:
    """A face, looked at four times a second, and a phone from 1 to 2 s."""
    marks = []
    for i in range(12):
        at_s = i / 4
        phone = DetectedObject("cell phone", 0.8, Box(20, 150, 60, 220))
        objects = ((phone,) if 1 <= at_s < 2 else ()) if i % 4 == 0 else None
        marks.append(Mark(at_s, (FACE,), None, objects, None, "one", ""))
    return Notes(marks)


REPORT = Report(3.0, 3.0, 1.0, 90.0, (PHONE,))


def frames(path: Path) -> Iterator[Pixels]:
    with Recording(path) as recording:
        for frame in recording.frames(1000.0):
            yield frame.bgr


@pytest.mark.parametrize("name", ["in.mp4", "in.mov", "in.gif", "in.mkv"])
@pytest.mark.parametrize("target", ["out.mp4", "out.webm"])
def test_every_kind_of_recording_becomes_a_video_of_the_same_length(
    clip: Callable[[str], Path], notes: Notes, tmp_path: Path, name: str, target: str
) -> None:
    out = tmp_path / target
    annotate(clip(name), out, notes, REPORT)
    with Recording(out) as recording:
        pictures = list(recording.frames(1000.0))
    assert recording.duration_s == pytest.approx(3.0, abs=0.2)
    assert {picture.bgr.shape[1] for picture in pictures} == {480}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, target])


def test_boxes_are_drawn_into_the_picture_and_the_rest_stands_below_it(
    clip: Callable[[str], Path], notes: Notes, tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    annotate(clip("in.mp4"), out, notes, REPORT)
    pictures = list(frames(out))
    scale = 480 / SIZE[0]
    height_px = round(SIZE[1] * scale)
    before, during = pictures[3], pictures[15]
    assert before.shape[0] == height_px + panel_height_px(480)
    left_edge = (round(100 * scale / 1), round(100 * scale))
    for picture in (before, during):
        assert _differs(picture[left_edge[1], left_edge[0]], 120)
        assert not _differs(picture[height_px - 10, 240], 120)
    phone_edge = during[round(185 * scale), round(20 * scale)]
    assert _differs(phone_edge, 120)
    assert not _differs(before[round(185 * scale), round(20 * scale)], 120)


def _differs(pixel: np.ndarray, grey: int) -> bool:
    return bool(np.abs(pixel.astype(int) - grey).max() > 40)


def test_pictures_of_a_gif_stand_for_their_own_length(
    grey: list[Pixels], notes: Notes, tmp_path: Path
) -> None:
    path = tmp_path / "slow.gif"
    write_clip(path, [picture.copy() for picture in grey[:3]], [1000, 500, 500])
    out = tmp_path / "out.mp4"
    with Recording(path) as recording:
        list(recording.frames(100))
        length_s = recording.duration_s
    annotate(path, out, notes, Report(length_s, length_s, 1.0, 90.0, ()))
    with Recording(out) as recording:
        list(recording.frames(1000.0))
    assert recording.duration_s == pytest.approx(length_s, abs=0.25)


@pytest.mark.parametrize(
    ("target", "reason"),
    [("out.txt", "must end in"), ("no/out.mp4", "No such file"), ("folder.mp4", "directory")],
)
def test_a_target_that_cannot_be_written_is_refused_in_one_line(
    clip: Callable[[str], Path], notes: Notes, tmp_path: Path, target: str, reason: str
) -> None:
    (tmp_path / "folder.mp4").mkdir()
    with pytest.raises(AnnotationFailed, match=reason):
        annotate(clip("in.mp4"), tmp_path / target, notes, REPORT)
    assert not list(tmp_path.glob(".*part*"))


def test_the_painter_shows_alerts_by_colour_sign_and_word() -> None:
    notice = Transition(Phase.CLOSED, EventType.HEAD_TURNED, Severity.NOTICE, 0.0, 3.0, 1.0, "left")
    canvas = np.zeros((panel_height_px(640), 640, 3), np.uint8)
    Painter(640, (notice, PHONE), 3.0).panel(canvas, 0, 1.5, "face visible")
    assert (canvas == PANEL).all(axis=2).mean() > 0.6
    assert (canvas == ALERT).all(axis=2).any()
    calm = np.zeros_like(canvas)
    Painter(640, (), 3.0).panel(calm, 0, 1.5, "no face")
    assert not (calm == ALERT).all(axis=2).any()


def test_more_incidents_than_there_is_room_for_stay_within_the_panel() -> None:
    many = tuple(
        Transition(Phase.CLOSED, kind, Severity.NOTICE, 0.0, 3.0, 1.0) for kind in EventType
    )
    canvas = np.zeros((panel_height_px(480), 480, 3), np.uint8)
    Painter(480, many, 3.0).panel(canvas, 0, 1.0, "face visible")
    assert (canvas[:, -3:] == PANEL).all()


@pytest.mark.parametrize(
    ("time_s", "text"), [(0, "0:00.0"), (59.96, "1:00.0"), (63.24, "1:03.2"), (3725.5, "62:05.5")]
)
def test_times_are_minutes_and_seconds(time_s: float, text: str) -> None:
    assert clock(time_s) == text


def test_notes_keep_scores_in_step_with_the_frames_and_a_picture_of_every_report(
    astronaut: Pixels,
) -> None:
    quality = judge(astronaut)
    opened = Transition(Phase.OPENED, EventType.PHONE, Severity.ALERT, 0.5, None, 0.8)
    notes = Notes()
    for i, samples in enumerate(({EventType.PHONE: Sample(0.2)}, {}, {EventType.PHONE: Sample(0.9),
                                 EventType.FACE_ABSENT: Sample(0.1)})):  # fmt: skip
        seen = Observation(i * 0.5, 512, 512, quality, faces=(FACE, Face(FACE.box, 0.3)))
        changes = (opened,) if i == 2 else ()
        notes.add(Look(Frame(astronaut, i * 0.5), seen, samples, changes, TrackerState(-1.0)))
    assert notes.scores == {
        EventType.PHONE: [0.2, None, 0.9], EventType.FACE_ABSENT: [None, None, 0.1],
    }  # fmt: skip
    assert [len(mark.faces) for mark in notes.marks] == [1, 1, 1]
    (jpeg,) = notes.pictures.values()
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (512, 512, 3)


class _Resources(HTMLParser):
    """Everything a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]


@pytest.mark.usefixtures("command_loaded")
def test_the_command_writes_video_and_page_as_asked(
    media: Path, models_dir: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outputs = Outputs(tmp_path / "a.json", tmp_path / "a.mp4", tmp_path / "a.html")
    assert run(media / "face_noface.mov", outputs, models_dir, 4.0) == 0
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    resources = _Resources()
    resources.feed(page)
    assert all(found.startswith("data:image/jpeg;base64,") for found in resources.found)
    assert "default-src 'none'" in page
    for words in ("face_noface.mov", "a.mp4", "Face not detected", "face_landmarker@", "verdict"):
        assert words in page
    assert "Face not detected" in capfd.readouterr().out
    assert (tmp_path / "a.mp4").stat().st_size > 10_000


@pytest.mark.parametrize("output", ["json", "video", "page"])
def test_the_recording_itself_is_never_written_to(
    clip: Callable[[str], Path], models_dir: Path, capfd: pytest.CaptureFixture[str], output: str
) -> None:
    path = clip("in.mp4")
    before = path.read_bytes()
    assert run(path, Outputs(**{output: path}), models_dir, 4.0) == 2
    assert re.fullmatch(r".*is the recording itself.*\n", capfd.readouterr().err)
    assert path.read_bytes() == before


@pytest.mark.usefixtures("command_loaded")
def test_an_output_that_fails_does_not_hold_up_the_others(
    clip: Callable[[str], Path], models_dir: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    outputs = Outputs(tmp_path / "a.json", tmp_path / "a.flv", tmp_path / "a.html")
    assert run(clip("in.mp4"), outputs, models_dir, 4.0) == 2
    assert "must end in" in capfd.readouterr().err
    assert (tmp_path / "a.json").exists()
    assert (tmp_path / "a.html").exists()
