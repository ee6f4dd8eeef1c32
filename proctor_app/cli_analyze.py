"""`python -m proctor_app analyze VIDEO`: what the monitoring would have found in a recording."""

import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from proctor_app import __version__
from proctor_app.domain.incident import Severity, Transition
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.annotate import AnnotationFailed, annotate
from proctor_app.vision.detectors import DetectorChoice
from proctor_app.vision.errors import ModelsMissing
from proctor_app.vision.models.files import describe_models
from proctor_app.vision.native_logs import held_back
from proctor_app.vision.notes import Notes
from proctor_app.vision.recording import RecordingUnreadable, Report, analyze
from proctor_app.vision.rules import DEFAULT_RULES

EXIT_OK, EXIT_UNUSABLE = 0, 2
_WHOLE_SHARE = 0.95
"""Headers round: a recording this close to its announced length counts as whole."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Files to write, None for those nobody asked for. video: a copy with the findings drawn in;
    page: a report as HTML."""

    json: Path | None = None
    video: Path | None = None
    page: Path | None = None


def run(
    video: Path,
    outputs: Outputs,
    models_dir: Path,
    fps: float,
    detector: DetectorChoice = "efficientdet",
) -> int:
    """Analyse a recording, print what was found, write what was asked for.

    Returns 0, or 2 after one line on stderr for whatever can't be used or written: the video, the
    models, an output. One output that fails does not hold up the others.
    """
    refused = _refusal(video, outputs)
    if refused:
        _complain(refused)
        return EXIT_UNUSABLE
    notes = Notes()
    err = Console(stderr=True)
    try:
        with _progress(err) as progress:
            report, models = _analyze(video, models_dir, detector, fps, notes, progress)
    except (RecordingUnreadable, ModelsMissing) as error:
        _complain(str(error))
        return EXIT_UNUSABLE
    if report.announced_s is not None and report.duration_s < report.announced_s * _WHOLE_SHARE:
        _complain(
            f"{video}: damaged, only {report.duration_s:.1f} of {report.announced_s:.1f} s"
            " could be read and are reported"
        )
    _print(Console(), video, report)
    made = [
        _write_json(outputs.json, report),
        _write_video(video, outputs.video, notes, report, err),
        _write_page(video, outputs, models, fps, notes, report),
    ]
    return EXIT_OK if all(made) else EXIT_UNUSABLE


def _refusal(video: Path, outputs: Outputs) -> str:
    """Say why the outputs can't be what they are, before an hour of work; empty if they can."""
    wanted = [path for path in (outputs.json, outputs.video, outputs.page) if path is not None]
    for path in wanted:
        if path.resolve() == video.resolve():
            return f"{path}: is the recording itself, which is never written to"
    if len({path.resolve() for path in wanted}) < len(wanted):
        return "the outputs must be different files"
    return ""


def _write_json(path: Path | None, report: Report) -> bool:
    return path is None or _write_text(path, json.dumps(as_json(report), indent=2) + "\n")


def _write_page(
    video: Path, outputs: Outputs, models: str, fps: float, notes: Notes, report: Report
) -> bool:
    if outputs.page is None:
        return True
    from proctor_app.recordings.page import About, render  # Plotly takes a second to load

    about = About(
        video=video.name,
        made_at=datetime.now(UTC),
        fps=fps,
        models=models,
        version=__version__,
        annotated="" if outputs.video is None else outputs.video.name,
    )
    return _write_text(outputs.page, render(about, report, notes, DEFAULT_RULES))


def _write_text(path: Path, text: str) -> bool:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        _complain(f"{path}: cannot be written ({error.strerror or error})")
        return False
    return True


def _write_video(
    video: Path, target: Path | None, notes: Notes, report: Report, err: Console
) -> bool:
    if target is None:
        return True
    try:
        with _progress(err) as progress:
            show = _bar(progress, f"drawing {target.name}")
            annotate(video, target, notes, report, show)
    except (AnnotationFailed, RecordingUnreadable) as error:
        _complain(str(error))
        return False
    return True


def as_json(report: Report) -> dict[str, object]:
    """Give the report as the JSON file has it; seconds of media time, shares from 0 to 1."""
    rate = report.face_detection_rate
    return {
        "duration_s": round(report.duration_s, 3),
        "face_detection_rate": None if rate is None else round(rate, 4),
        "compliance": report.compliance,
        "incidents": [_incident_json(incident) for incident in report.incidents],
    }


def _incident_json(incident: Transition) -> dict[str, object]:
    return {
        "event_type": incident.event_type.value,
        "event": incident.event,
        "start_s": round(incident.start_s, 3),
        "end_s": None if incident.end_s is None else round(incident.end_s, 3),
        "severity": incident.severity.value,
        "confidence": round(incident.confidence, 3),
    }


def _analyze(
    video: Path,
    models_dir: Path,
    detector: DetectorChoice,
    fps: float,
    notes: Notes,
    progress: Progress,
) -> tuple[Report, str]:
    """Give the report, and the names of all models it was found with."""
    with held_back():
        analyzer = Analyzer(models_dir, detector=detector)
        analyzer.warm_up()
    with contextlib.closing(analyzer):
        show = _bar(progress, video.name)
        report = analyze(video, analyzer, fps, show, on_look=notes.add)
        return report, f"{describe_models(models_dir)}, objects by {analyzer.detector}"


def _progress(err: Console) -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[media]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def _bar(progress: Progress, what: str) -> Callable[[float, float | None], None]:
    """Add a bar over media time; gives the function that moves it on."""
    task: TaskID = progress.add_task(escape(what), total=None, media="")

    def show(media_s: float, length_s: float | None) -> None:
        progress.update(task, completed=media_s, total=length_s, media=f"{media_s:.0f} s")

    return show


def _print(out: Console, video: Path, report: Report) -> None:
    rate = report.face_detection_rate
    seen = "not judged" if rate is None else f"{rate:.0%} of the time"
    out.print(f"{escape(video.name)}: {report.duration_s:.1f} s, face visible {seen}")
    if report.incidents:
        table = Table("start", "end", "event", "severity", "confidence")
        for incident in report.incidents:
            end = "" if incident.end_s is None else _clock(incident.end_s)
            style = "red" if incident.severity is Severity.ALERT else ""
            row = (_clock(incident.start_s), end, incident.event, incident.severity.value)
            table.add_row(*row, f"{incident.confidence:.2f}", style=style)
        out.print(table)
    else:
        out.print("No incidents.")
    out.print(f"Compliance {report.compliance:.1f} of 100; a person gives every verdict.")


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(round(time_s, 1), 60)
    return f"{int(minutes)}:{seconds:04.1f}"


def _complain(line: str) -> None:
    sys.stderr.write(f"{line}\n")
