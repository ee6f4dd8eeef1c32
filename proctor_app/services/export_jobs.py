"""The exports that this process makes or has made: whose they are, how far they are, where their
files lie, and when those go."""

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from proctor_app.errors import Conflict, NotFound, Unavailable
from proctor_app.services.export_archive import Wanted

KEPT = timedelta(hours=1)
_MOST_UNFINISHED = 20
_MOST_OF_ONE = 3


class Stage(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = frozenset({Stage.WAITING, Stage.RUNNING})


@dataclass(frozen=True, slots=True)
class ExportView:
    """done of total attempts are written; current: whose turn it is. errors: how many things could
    not be read, see errors.txt in the archive. expires_at: when the file goes, once there is one.
    problem: why it failed, where that is known.
    """

    id: str
    exam_id: str
    title: str
    wanted: Wanted
    started_at: datetime
    total: int
    name: str
    stage: Stage = Stage.WAITING
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    done: int = 0
    current: str = ""
    errors: int = 0
    size_bytes: int = 0
    problem: str = ""

    @property
    def percent(self) -> int:
        """0 to 100; 100 only when the file is there."""
        if self.stage is Stage.DONE:
            return 100
        return min(99, 100 * self.done // self.total) if self.total else 0


@dataclass
class Job:
    """is_stopped: asked for by its owner, or by the end of the process."""

    owner_id: str
    view: ExportView
    path: Path
    is_stopped: threading.Event


class Jobs:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}

    def enter(self, job: Job) -> None:
        """Raises Conflict ("export_running"), Unavailable ("exports_busy")."""
        with self._lock:
            unfinished = [one for one in self._jobs.values() if one.view.stage in UNFINISHED]
            if any(one.owner_id == job.owner_id for one in unfinished):
                raise Conflict("export_running", "One of your exports is still being made.")
            if len(unfinished) >= _MOST_UNFINISHED:
                raise Unavailable("exports_busy", "Many exports are being made. Try again later.")
            mine = [one for one in self._jobs.values() if one.owner_id == job.owner_id]
            self._jobs[job.view.id] = job
        for old in mine[: max(0, len(mine) + 1 - _MOST_OF_ONE)]:
            self.drop(old)

    def of(self, owner_id: str) -> list[Job]:
        """Theirs, the newest first."""
        with self._lock:
            mine = [job for job in self._jobs.values() if job.owner_id == owner_id]
        return mine[::-1]

    def own(self, owner_id: str, export_id: str) -> Job:
        """Raises NotFound, where it is another's as well."""
        with self._lock:
            job = self._jobs.get(export_id)
        if job is None or job.owner_id != owner_id:
            raise unknown()
        return job

    def change(self, job: Job, **changes: object) -> bool:
        """Change what is shown of a job that is not finished; whether it was not."""
        with self._lock:
            if job.view.stage not in UNFINISHED:
                return False
            job.view = replace(job.view, **changes)  # type: ignore[arg-type]
            return True

    def drop(self, job: Job) -> None:
        """Forget it, and remove its file."""
        with self._lock:
            self._jobs.pop(job.view.id, None)
        job.path.unlink(missing_ok=True)

    def sweep(self, now: datetime) -> None:
        """Drop what was finished long ago."""
        with self._lock:
            found = list(self._jobs.values())
        for job in found:
            if job.view.finished_at is not None and now >= job.view.finished_at + KEPT:
                self.drop(job)

    def all(self) -> list[Job]:
        with self._lock:
            return list(self._jobs.values())


def unknown() -> NotFound:
    return NotFound("no_export", "There is no such export, or it was removed.")
