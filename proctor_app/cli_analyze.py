"""`python -m proctor_app analyze VIDEO`: what the monitoring would have found in a recording."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from proctor_app.domain.incident import Severity, Transition
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.errors import ModelsMissing
from proctor_app.vision.recording import RecordingUnreadable, Report, analyze

EXIT_OK, EXIT_UNUSABLE = 0, 2
_STDERR_FD = 2
_WHOLE_SHARE = 0.95
"""Headers round: a recording this close to its announced length counts as whole."""


def run(video: Path, json_path: Path | None, models_dir: Path, fps: float) -> int:
    """Analyse a recording, print what was found, write it as JSON where asked.

    Returns 0, or 2 after one line on stderr where the video, the models or the JSON file can't
    be used.
    """
    try:
        report = _analyze(video, models_dir, fps, Console(stderr=True))
    except (RecordingUnreadable, ModelsMissing) as error:
        _complain(str(error))
        return EXIT_UNUSABLE
    if report.announced_s is not None and report.duration_s < report.announced_s * _WHOLE_SHARE:
        _complain(
            f"{video}: damaged, only {report.duration_s:.1f} of {report.announced_s:.1f} s"
            " could be read and are reported"
        )
    _print(Console(), video, report)
    if json_path is None:
        return EXIT_OK
    try:
        json_path.write_text(json.dumps(as_json(report), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        _complain(f"{json_path}: cannot be written ({error.strerror or error})")
        return EXIT_UNUSABLE
    return EXIT_OK


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


def _analyze(video: Path, models_dir: Path, fps: float, err: Console) -> Report:
    with _native_logs_held_back():
        analyzer = Analyzer(models_dir)
        analyzer.warm_up()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[media]}"),
        TimeRemainingColumn(),
    )
    with (
        contextlib.closing(analyzer),
        Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress,
    ):
        task = progress.add_task(escape(video.name), total=None, media="")

        def show(media_s: float, length_s: float | None) -> None:
            progress.update(task, completed=media_s, total=length_s, media=f"{media_s:.0f} s")

        return analyze(video, analyzer, fps, show)


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


@contextlib.contextmanager
def _native_logs_held_back() -> Iterator[None]:
    """Keep the runtimes' chatter off the terminal while they load; show it where that fails.

    They write to the file descriptor, below anything Python could filter.
    """
    sys.stderr.flush()
    kept = os.dup(_STDERR_FD)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), _STDERR_FD)
        try:
            yield
        except ModelsMissing:
            raise
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, _STDERR_FD)
            os.close(kept)
