"""A recording is judged as the live stream would have been, in its own time."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from proctor_app.cli_analyze import Outputs, run
from proctor_app.domain.incident import EventType, Transition
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.frame import Pixels, encode_jpeg
from proctor_app.vision.recording import Recording, RecordingUnreadable, Report, analyze

FPS = 10
PRESENT_S, LENGTH_S = 3.0, 9.0
MakeClip = Callable[[str], Path]


@pytest.fixture(scope="module")
def frames(astronaut: Pixels, china: Pixels) -> list[Pixels]:
    """Three seconds with a face, then six without; every picture differs from the last."""
    with_face = cv2.resize(astronaut, (320, 320), interpolation=cv2.INTER_AREA)
    without = cv2.resize(china, (320, 320), interpolation=cv2.INTER_AREA)
    return [
        np.roll(with_face if i < PRESENT_S * FPS else without, i % 5, axis=1)
        for i in range(round(LENGTH_S * FPS))
    ]


@pytest.fixture(scope="module")
def make_clip(frames: list[Pixels], tmp_path_factory: pytest.TempPathFactory) -> MakeClip:
    folder = tmp_path_factory.mktemp("clips")

    def make(extension: str) -> Path:
        path = folder / f"clip.{extension}"
        if not path.exists():
            write_clip(path, frames)
        return path

    return make


def write_clip(path: Path, frames: Sequence[Pixels], durations_ms: Sequence[int] = ()) -> None:
    if path.suffix == ".mjpeg":
        path.write_bytes(b"".join(encode_jpeg(frame) for frame in frames))
    elif path.suffix == ".gif":
        animation = cv2.Animation()
        animation.frames = list(frames)
        animation.durations = list(durations_ms or [1000 // FPS] * len(frames))
        assert cv2.imwriteanimation(str(path), animation)
    else:
        code = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
        size = (frames[0].shape[1], frames[0].shape[0])
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, FPS, size)
        for frame in frames:
            writer.write(frame)
        writer.release()


def absences(report: Report) -> list[Transition]:
    return [one for one in report.incidents if one.event_type is EventType.FACE_ABSENT]


@pytest.mark.parametrize("extension", ["mp4", "mov", "mkv", "avi", "gif"])
def test_every_container_gives_the_same_absence(
    analyzer: Analyzer, make_clip: MakeClip, extension: str
) -> None:
    report = analyze(make_clip(extension), analyzer)
    (absence,) = report.incidents
    assert absence.event_type is EventType.FACE_ABSENT
    assert absence.start_s == pytest.approx(PRESENT_S, abs=0.3)
    assert absence.end_s == report.duration_s == pytest.approx(LENGTH_S, abs=0.11)
    assert report.face_detection_rate == pytest.approx(PRESENT_S / LENGTH_S, abs=0.03)
    assert 90 < report.compliance < 100


def test_raw_mjpeg_has_no_clock_and_runs_at_25_frames_a_second(
    analyzer: Analyzer, make_clip: MakeClip
) -> None:
    report = analyze(make_clip("mjpeg"), analyzer)
    assert report.announced_s is None
    assert report.duration_s == pytest.approx(LENGTH_S * FPS / 25)
    (absence,) = report.incidents
    assert absence.start_s == pytest.approx(PRESENT_S * FPS / 25, abs=0.3)


def test_a_face_that_leaves_is_missed_from_then_on(analyzer: Analyzer, media: Path) -> None:
    # Looked at frame by frame: a smiling man until 2.37 s; one black frame at 2.40 s; from 2.43 s
    # to the end at 6.40 s a drawn sky with a title. The clip's frame rate changes at the cut.
    report = analyze(media / "face_noface.mov", analyzer)
    (absence,) = report.incidents
    assert absence.event_type is EventType.FACE_ABSENT
    assert absence.start_s == pytest.approx(2.40, abs=0.3)
    assert absence.end_s == pytest.approx(6.40, abs=0.3)


def test_a_face_that_comes_is_missed_until_then(analyzer: Analyzer, media: Path) -> None:
    # Looked at frame by frame: the drawn sky until 3.93 s, the man from 3.945 s to the end.
    report = analyze(media / "noface_face.mov", analyzer)
    (absence,) = report.incidents
    assert absence.event_type is EventType.FACE_ABSENT
    assert absence.start_s == 0.0
    assert absence.end_s == pytest.approx(3.94, abs=0.3)
    assert report.face_detection_rate == pytest.approx((6.38 - 3.94) / 6.38, abs=0.06)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("single_face.mp4", []),
        ("carphone_pristine.mp4", []),
        ("WolfgangLanger_Pexels.mp4", [EventType.EYES_CLOSED]),  # she weeps for five seconds
    ],
)
def test_a_person_who_stays_causes_no_alarm(
    analyzer: Analyzer, media: Path, name: str, expected: list[EventType]
) -> None:
    # Looked at: one person all through; moving, talking, and turning away for a moment.
    report = analyze(media / name, analyzer)
    assert [incident.event_type for incident in report.incidents] == expected
    assert report.compliance >= 99.5
    assert report.face_detection_rate == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("fps", [1.0, 2.0, 8.0])
def test_the_sampling_rate_changes_little(
    analyzer: Analyzer, make_clip: MakeClip, fps: float
) -> None:
    (absence,) = absences(analyze(make_clip("mp4"), analyzer, fps))
    assert absence.start_s == pytest.approx(PRESENT_S, abs=1 / fps)
    assert absence.end_s == pytest.approx(LENGTH_S, abs=0.11)


def test_frames_are_sampled_at_the_rate_asked_for(make_clip: MakeClip) -> None:
    with Recording(make_clip("mp4")) as recording:
        times_s = [frame.taken_at_s for frame in recording.frames(fps=5)]
    assert times_s == pytest.approx([i / 5 for i in range(round(LENGTH_S * 5))], abs=1e-3)


def test_a_variable_frame_rate_keeps_media_time(frames: list[Pixels], tmp_path: Path) -> None:
    clip = tmp_path / "clip.gif"
    write_clip(clip, frames[:20], [50] * 10 + [450] * 10)
    with Recording(clip) as recording:
        times_s = [frame.taken_at_s for frame in recording.frames(fps=100)]
        assert recording.duration_s == pytest.approx(5.0, abs=0.05)
    assert times_s[10] == pytest.approx(0.5, abs=0.01)
    assert times_s[19] == pytest.approx(4.55, abs=0.01)


def test_a_recording_cut_short_is_judged_by_what_is_left(
    analyzer: Analyzer, make_clip: MakeClip, tmp_path: Path
) -> None:
    whole = make_clip("mkv").read_bytes()
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole[: len(whole) * 3 // 4])
    report = analyze(cut, analyzer)
    assert report.announced_s == pytest.approx(LENGTH_S, abs=0.2)
    assert LENGTH_S / 2 < report.duration_s < LENGTH_S - 1
    (absence,) = absences(report)
    assert absence.end_s == report.duration_s


def test_progress_tells_media_time_and_length(analyzer: Analyzer, make_clip: MakeClip) -> None:
    told: list[tuple[float, float | None]] = []
    analyze(make_clip("mp4"), analyzer, 1.0, lambda at_s, length_s: told.append((at_s, length_s)))
    assert [at_s for at_s, _ in told] == pytest.approx(range(round(LENGTH_S)), abs=1e-3)
    assert {length_s for _, length_s in told} == {LENGTH_S}


@pytest.fixture
def broken(make_clip: MakeClip, tmp_path: Path) -> Callable[[str], Path]:
    mkv = make_clip("mkv").read_bytes()
    contents = {
        "empty.mp4": b"",
        "text.mp4": b"This is no video.",
        "playlist.mp4": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/clip.ts\n",
        "garbage.mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 20,
        "moovless.mp4": make_clip("mp4").read_bytes()[:-3000],
        "mostly-gone.mkv": mkv[: len(mkv) // 4],
        "one-picture.mjpeg": make_clip("mjpeg").read_bytes().split(b"\xff\xd9")[0] + b"\xff\xd9",
    }

    def make(name: str) -> Path:
        path = tmp_path / name
        if name == "folder.mp4":
            path.mkdir()
        elif name != "missing.mp4":
            path.write_bytes(contents[name])
        return path

    return make


BROKEN = {
    "missing.mp4": "no such file",
    "folder.mp4": "directory",
    "empty.mp4": "empty",
    "text.mp4": "not a video",
    "playlist.mp4": "not a video",
    "garbage.mp4": "no video can be read",
    "moovless.mp4": "no video can be read",
    "mostly-gone.mkv": "damaged, only",
    "one-picture.mjpeg": "single picture",
}


@pytest.mark.parametrize(("name", "reason"), BROKEN.items())
def test_an_unreadable_recording_is_refused_with_its_reason(
    analyzer: Analyzer, broken: Callable[[str], Path], name: str, reason: str
) -> None:
    with pytest.raises(RecordingUnreadable, match=f"{name}: .*(?i:{reason})"):
        analyze(broken(name), analyzer)


@pytest.mark.usefixtures("command_loaded")
@pytest.mark.parametrize("name", BROKEN)
def test_the_command_answers_an_unreadable_recording_with_one_line_and_status_2(
    broken: Callable[[str], Path],
    models_dir: Path,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    name: str,
) -> None:
    report = tmp_path / "report.json"
    assert run(broken(name), Outputs(report), models_dir, 4.0) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert name in captured.err
    assert not report.exists()


def test_the_command_prints_a_table_and_writes_the_report(
    make_clip: MakeClip, models_dir: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    assert run(make_clip("mp4"), Outputs(path), models_dir, 4.0) == 0
    captured = capfd.readouterr()
    assert "Face not detected" in captured.out
    assert captured.err == ""
    report = json.loads(path.read_text(encoding="utf-8"))
    assert list(report) == ["duration_s", "face_detection_rate", "compliance", "incidents"]
    assert report["duration_s"] == LENGTH_S
    (incident,) = report["incidents"]
    confidence, start_s = incident.pop("confidence"), incident.pop("start_s")
    assert incident == {
        "event_type": "face_absent",
        "event": "Face not detected",
        "end_s": LENGTH_S,
        "severity": "alert",
    }
    assert 0.6 <= confidence <= 1.0
    assert start_s == pytest.approx(PRESENT_S, abs=0.3)


def test_the_command_says_which_model_is_missing(
    make_clip: MakeClip, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(make_clip("mp4"), Outputs(), tmp_path, 4.0) == 2
    assert "make setup" in capfd.readouterr().err


@pytest.mark.usefixtures("command_loaded")
def test_the_command_prints_its_findings_even_where_the_report_cannot_be_written(
    make_clip: MakeClip, models_dir: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(make_clip("mp4"), Outputs(tmp_path / "no" / "report.json"), models_dir, 4.0) == 2
    captured = capfd.readouterr()
    assert "Face not detected" in captured.out
    assert "cannot be written" in captured.err
