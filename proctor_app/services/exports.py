"""Exams as ZIP archives, made behind the scenes: started, watched, stopped, fetched.

The jobs live in this process and their files in one folder for an hour; a restart ends both. Who
started one is the only one to see it, and must still be allowed to watch the exam to fetch it.
"""

import logging
import os
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from proctor_app.clock import Clock
from proctor_app.db.repositories.reports import ReportRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import Conflict, Invalid, ProctorError
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import allow_on_exam
from proctor_app.services.audit import Audit
from proctor_app.services.export_archive import Task, Wanted, file_name, pieces, write_archive
from proctor_app.services.export_jobs import KEPT, ExportView, Job, Jobs, Stage, unknown
from proctor_app.services.export_room import Room
from proctor_app.services.report_pdf import Stopped
from proctor_app.services.reports import Reports
from proctor_app.services.throttle import Limit, Throttle

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 5_000
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class ExportFile:
    """To be read once; reading ``chunks`` closes it."""

    name: str
    size_bytes: int
    chunks: Iterator[bytes]


class Exports:
    """Thread-safe. Reads the database: call it off the event loop."""

    def __init__(
        self,
        database: Database,
        reports: Reports,
        folder: Path,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._reports = reports
        self._folder = folder
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._jobs = Jobs()
        self._room = Room(folder)
        self._threads = ThreadPoolExecutor(_AT_ONCE, "exports")

    def start(self, actor: Actor, exam_id: str, wanted: Wanted) -> ExportView:
        """Begin to make the archive; one at a time for each person.

        Raises NotFound, NotAllowed, Invalid, Throttled, Unavailable, NoRoom, Conflict
        ("export_running", "no_attempts", "too_many_attempts").
        """
        allow(actor, Action.WATCH)
        if not wanted.formats:
            raise Invalid("formats_missing", "Choose at least one format.")
        self._throttle.hit(Limit.EXAM_EXPORT, actor.user_id)
        self._jobs.sweep(self._clock())
        job, ids = self._prepared(actor, exam_id, wanted)
        self._room.check()
        self._jobs.enter(job)
        try:
            with self._database.write() as session:
                formats = " ".join(wanted.formats)
                self._audit.note(
                    session, actor, "exam.exported", "exam", exam_id, attempts=len(ids),
                    formats=formats, pictures=wanted.with_pictures,
                )  # fmt: skip
        except BaseException:
            self._jobs.drop(job)
            raise
        self._threads.submit(self._run, actor, job, ids)
        return job.view

    def of(self, actor: Actor) -> tuple[ExportView, ...]:
        """One's own exports, the newest first."""
        allow(actor, Action.WATCH)
        self._jobs.sweep(self._clock())
        return tuple(job.view for job in self._jobs.of(actor.user_id))

    def one(self, actor: Actor, export_id: str) -> ExportView:
        """Raises NotFound, where it is another's as well."""
        allow(actor, Action.WATCH)
        self._jobs.sweep(self._clock())
        return self._jobs.own(actor.user_id, export_id).view

    def cancel(self, actor: Actor, export_id: str) -> None:
        """Stop it, or remove it where it is finished. Raises NotFound."""
        allow(actor, Action.WATCH)
        job = self._jobs.own(actor.user_id, export_id)
        job.is_stopped.set()
        if not self._jobs.change(job, stage=Stage.CANCELLED, finished_at=self._clock()):
            self._jobs.drop(job)

    def fetch(self, actor: Actor, export_id: str) -> ExportFile:
        """The archive, for somebody who may still watch the exam.

        Raises NotFound, NotAllowed, Conflict ("export_not_done", "export_outdated": somebody in it
        was erased since).
        """
        allow(actor, Action.WATCH)
        self._jobs.sweep(self._clock())
        job = self._jobs.own(actor.user_id, export_id)
        if job.view.stage is not Stage.DONE:
            raise Conflict("export_not_done", "The export is not done.")
        with self._database.read() as session:
            allow_on_exam(session, actor, job.view.exam_id)
            rows = ReportRows(session)
            is_outdated = rows.was_erased_since(job.view.exam_id, job.view.started_at)
        if is_outdated:
            self._jobs.drop(job)
            raise Conflict("export_outdated", "Somebody was erased since. Make the export again.")
        try:
            file = job.path.open("rb")
        except FileNotFoundError as error:
            raise unknown() from error
        return ExportFile(job.view.name, job.view.size_bytes, pieces(file))

    def remove_old_files(self) -> None:
        """What an earlier process left behind; call it once, at the start."""
        if self._folder.is_dir():
            for path in self._folder.glob("*.zip*"):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """Stop all of them and wait for that; their files go."""
        for job in self._jobs.all():
            job.is_stopped.set()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for job in self._jobs.all():
            self._jobs.drop(job)

    def _prepared(self, actor: Actor, exam_id: str, wanted: Wanted) -> tuple[Job, tuple[str, ...]]:
        with self._database.read() as session:
            exam = allow_on_exam(session, actor, exam_id)
            ids = tuple(ReportRows(session).attempt_ids(exam_id, MAX_ATTEMPTS + 1))
        if not ids:
            raise Conflict("no_attempts", "Nobody has sat this exam yet.")
        if len(ids) > MAX_ATTEMPTS:
            raise Conflict("too_many_attempts", f"An export has at most {MAX_ATTEMPTS} attempts.")
        now, export_id = self._clock(), str(uuid.uuid4())
        name = file_name(exam.code, now)
        view = ExportView(export_id, exam_id, exam.title, wanted, now, len(ids), name)
        path = self._folder / f"{export_id}.zip"
        return Job(actor.user_id, view, path, threading.Event()), ids

    def _run(self, actor: Actor, job: Job, ids: tuple[str, ...]) -> None:
        part = job.path.with_suffix(".zip.part")
        try:
            if self._jobs.change(job, stage=Stage.RUNNING):
                self._make(actor, job, ids, part)
        except Stopped:
            self._jobs.change(job, stage=Stage.CANCELLED, finished_at=self._clock(), current="")
        except ProctorError as error:
            log.warning("export.failed export_id=%s code=%s", job.view.id, error.code)
            self._fail(job, error.detail)
        except Exception:
            log.exception("export.failed export_id=%s", job.view.id)
            self._fail(job, "")
        finally:
            part.unlink(missing_ok=True)

    def _fail(self, job: Job, problem: str) -> None:
        now = self._clock()
        self._jobs.change(job, stage=Stage.FAILED, finished_at=now, current="", problem=problem)

    def _make(self, actor: Actor, job: Job, ids: tuple[str, ...], part: Path) -> None:
        def step(done: int, current: str, errors: int) -> None:
            self._jobs.change(job, done=done, current=current, errors=errors)

        def should_stop() -> bool:
            self._room.check()
            return job.is_stopped.is_set()

        view = job.view
        task = Task(view.title, ids, view.wanted, self._folder, should_stop, step)
        with _private(part) as file:
            errors = write_archive(file, self._reports, actor, task, view.started_at)
            size_bytes = file.tell()
        part.rename(job.path)
        now = self._clock()
        is_kept = self._jobs.change(
            job, stage=Stage.DONE, finished_at=now, expires_at=now + KEPT, current="",
            errors=errors, size_bytes=size_bytes,
        )  # fmt: skip
        if not is_kept:  # cancelled in the last moment
            job.path.unlink(missing_ok=True)


def _private(path: Path) -> IO[bytes]:
    """A new file that nobody else on the machine can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
