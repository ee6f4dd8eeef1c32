"""An exam's attempts as a ZIP archive, written to a file attempt by attempt.

What can't be read is named in errors.txt, and the rest is there all the same.
"""

import logging
import re
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from proctor_app.clock import iso
from proctor_app.domain.access import Actor
from proctor_app.errors import NotAllowed, NotAuthenticated, NotFound, ProctorError, Unavailable
from proctor_app.services import report_csv
from proctor_app.services.report_data import STATEMENT, AttemptReport
from proctor_app.services.report_pdf import PdfUnavailable, Stopped
from proctor_app.services.reports import Format, Reports
from proctor_app.services.vault import Unreadable

log = logging.getLogger(__name__)

_PACKED = frozenset({Format.JSON, Format.CSV, Format.HTML})
_NOT_SAFE = re.compile(r"[^A-Za-z0-9]+")
_MOST_NAME = 40
_UNREADABLE = (ProctorError, ValueError, LookupError)
"""What one attempt alone can be the reason of; a full disk ends the whole."""
_OWN = "own_attempt"
_LOOK_S = 0.2
_pdf_slot = threading.Semaphore(1)
"""Archives make one PDF at a time, all of them together: there are threads for two others."""
_IN_MEMORY_BYTES = 4 * 1024 * 1024
_README = """{title}
{line}

Reports on {count} attempts, made {made_at} by {by}.

attempts.csv     Every attempt in a row.
incidents.csv    Every incident of all attempts in a row.
attempts/        A folder for each attempt: {formats}{pictures}.
{errors}
Times are UTC. Tables are UTF-8 with commas; a cell that a spreadsheet would take for a formula
begins with an apostrophe.

{statement}
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """formats: of each attempt's report. with_pictures: the pictures of incidents as they were
    kept."""

    formats: tuple[Format, ...]
    with_pictures: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """folder: where the archive grows. should_stop: asked again and again; it may raise as well.
    on_step: is told how many attempts are done, whose turn it is, and how many had errors."""

    title: str
    attempt_ids: tuple[str, ...]
    wanted: Wanted
    folder: Path
    should_stop: Callable[[], bool]
    on_step: Callable[[int, str, int], None]


@dataclass
class _Notes:
    errors: list[str] = field(default_factory=list)
    written: int = 0

    def add(self, what: str, error: Exception) -> None:
        """Raises the error where it is not this attempt's own: the others would go the same way."""
        if _is_everyones(error):
            raise error
        if isinstance(error, ProctorError):
            self.errors.append(f"{what}: {error.detail}")
            return
        log.error("export.attempt_failed", exc_info=error)
        self.errors.append(f"{what}: something went wrong; it was logged.")


def write_archive(
    file: IO[bytes], reports: Reports, actor: Actor, task: Task, now: datetime
) -> int:
    """Write the archive; how many attempts had errors. One attempt is in memory at a time.

    Raises Stopped; OSError where the disk is full; Unavailable and NotAllowed where nothing can be
    read, or may be read any more.
    """
    notes = _Notes()
    with ZipFile(file, "w") as archive, tempfile.TemporaryFile(dir=task.folder) as incidents:
        incidents.write(report_csv.header(report_csv.INCIDENT_COLUMNS))
        rows: list[bytes] = []
        for number, attempt_id in enumerate(task.attempt_ids, 1):
            _go_on(task)
            try:
                report = reports.read(actor, attempt_id)
            except _UNREADABLE as error:
                notes.add(f"Attempt {attempt_id}", error)
                continue
            task.on_step(number - 1, report.candidate.name, len(notes.errors))
            rows.append(report_csv.attempt(report))
            folder = f"attempts/{number:04d}-{_slug(report.candidate.name)}-{attempt_id[:8]}"
            _write_attempt(archive, folder, reports, report, task, notes, now)
            incidents.writelines(
                report_csv.incident(report, one) for one in reports.incidents(report)
            )
            notes.written += 1
        head = report_csv.header(report_csv.ATTEMPT_COLUMNS)
        _write(archive, _entry("attempts.csv", now), (head, *rows))
        incidents.seek(0)
        _write(archive, _entry("incidents.csv", now), iter(lambda: incidents.read(65536), b""))
        if notes.errors:
            archive.writestr(_entry("errors.txt", now), "\n".join(notes.errors) + "\n")
        archive.writestr(_entry("README.txt", now), _readme(actor, task, notes, now))
    task.on_step(len(task.attempt_ids), "", len(notes.errors))
    return len(notes.errors)


def file_name(code: str, now: datetime) -> str:
    """A name that is safe everywhere."""
    return f"proctor-exam-{_slug(code).lower()}-{now:%Y-%m-%d}.zip"


def _write_attempt(
    archive: ZipFile,
    folder: str,
    reports: Reports,
    report: AttemptReport,
    task: Task,
    notes: _Notes,
    now: datetime,
) -> None:
    for kind in task.wanted.formats:
        _go_on(task)
        # Made whole before any of it stands in the archive, where nothing can be taken back.
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES, dir=str(task.folder)) as made:
            try:
                with _turn(kind, task):
                    made.writelines(reports.written(report, kind, task.should_stop))
            except _UNREADABLE as error:
                notes.add(f"Attempt {report.attempt.id}, {kind}", error)
                continue
            made.seek(0)
            entry = _entry(f"{folder}/report.{kind}", now, packed=kind in _PACKED)
            _write(archive, entry, iter(lambda made=made: made.read(65536), b""))  # type: ignore[misc]
    if task.wanted.with_pictures:
        _write_pictures(archive, folder, reports, report, task, notes, now)


def _write_pictures(
    archive: ZipFile,
    folder: str,
    reports: Reports,
    report: AttemptReport,
    task: Task,
    notes: _Notes,
    now: datetime,
) -> None:
    for one in reports.incidents(report):
        for picture in one.pictures:
            _go_on(task)
            if not picture.is_kept:
                continue
            name = f"{folder}/evidence/incident-{one.id}-{picture.ordinal}.jpg"
            try:
                data = reports.picture(one.id, picture.ordinal)
            except (NotFound, Unreadable):
                notes.errors.append(f"{name}: the picture can't be read any more.")
                continue
            archive.writestr(_entry(name, now, packed=False), data)


def _is_everyones(error: Exception) -> bool:
    """Whether not one attempt is the reason: the database is away, or the exam not one's own."""
    if isinstance(error, NotAllowed | NotAuthenticated):
        return error.code != _OWN
    return isinstance(error, Unavailable) and not isinstance(error, PdfUnavailable)


@contextmanager
def _turn(kind: Format, task: Task) -> Iterator[None]:
    if kind is not Format.PDF:
        yield
        return
    while not _pdf_slot.acquire(timeout=_LOOK_S):
        _go_on(task)
    try:
        yield
    finally:
        _pdf_slot.release()


def _go_on(task: Task) -> None:
    if task.should_stop():
        raise Stopped


def _write(archive: ZipFile, entry: ZipInfo, pieces: Iterable[bytes]) -> None:
    with archive.open(entry, "w") as out:
        for piece in pieces:
            out.write(piece)


def _entry(name: str, now: datetime, *, packed: bool = True) -> ZipInfo:
    info = ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
    info.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
    info.external_attr = 0o600 << 16
    return info


def _slug(name: str) -> str:
    """Letters and digits that every system takes for a file's name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_SAFE.sub("-", plain).strip("-")[:_MOST_NAME].rstrip("-") or "candidate"


def _readme(actor: Actor, task: Task, notes: _Notes, now: datetime) -> str:
    title = " ".join(task.title.split())
    return _README.format(
        title=title,
        line="=" * min(80, len(title)),
        count=notes.written,
        made_at=iso(now),
        by=f"{actor.name} ({actor.role.value})",
        formats=", ".join(f"report.{kind}" for kind in task.wanted.formats),
        pictures=", evidence/ with pictures" if task.wanted.with_pictures else "",
        errors="errors.txt       What could not be read.\n" if notes.errors else "",
        statement=STATEMENT,
    )


def pieces(file: IO[bytes], size: int = 65536) -> Iterator[bytes]:
    """The file's bytes; it is closed afterwards, whatever happens."""
    with file:
        while piece := file.read(size):
            yield piece
