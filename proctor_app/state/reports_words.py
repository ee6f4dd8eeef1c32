"""How the page of reports shows exams, exports and attempts."""

from dataclasses import dataclass

from proctor_app.clock import iso
from proctor_app.services.attempt_list import ListedAttempt
from proctor_app.services.exam_views import ExamItem
from proctor_app.services.export_jobs import UNFINISHED, ExportView, Stage

_STAGES = {
    Stage.WAITING: ("none", "Waiting"),
    Stage.RUNNING: ("none", "Being made"),
    Stage.DONE: ("ok", "Ready"),
    Stage.FAILED: ("alert", "Failed"),
    Stage.CANCELLED: ("none", "Cancelled"),
}
_FAILED = "It could not be made; the disk may be full. Try again, and tell an admin if it stays so."


@dataclass(frozen=True)
class ShownExportable:
    """words: title, code and how many attempts."""

    id: str
    words: str


@dataclass(frozen=True)
class ShownExport:
    """kind, status: of its chip. problem: what went wrong, empty for nothing."""

    id: str
    title: str
    kind: str
    status: str
    is_unfinished: bool
    is_ready: bool
    percent: int
    words: str
    problem: str
    href: str
    name: str
    started_at: str
    expires_at: str


@dataclass(frozen=True)
class ShownReportable:
    """An attempt with its ways to a report."""

    id: str
    candidate: str
    words: str
    at: str


def exportable(exam: ExamItem) -> ShownExportable:
    return ShownExportable(exam.id, f"{exam.title} ({exam.code}), {_attempts(exam.attempts)}")


def export(one: ExportView) -> ShownExport:
    kind, status = _STAGES[one.stage]
    return ShownExport(
        id=one.id,
        title=one.title,
        kind=kind,
        status=status,
        is_unfinished=one.stage in UNFINISHED,
        is_ready=one.stage is Stage.DONE,
        percent=one.percent,
        words=_words(one),
        problem=_problem(one),
        href=f"/api/v1/exports/{one.id}/file",
        name=one.name,
        started_at=iso(one.started_at),
        expires_at=iso(one.expires_at) if one.expires_at else "",
    )


def reportable(one: ListedAttempt) -> ShownReportable:
    attempt = one.attempt
    status = attempt.status.value.replace("_", " ")
    incidents = "1 incident" if attempt.incidents == 1 else f"{attempt.incidents} incidents"
    title = one.title or "Free session"
    words = f"{title}, attempt {attempt.number} · {status} · {incidents}"
    return ShownReportable(
        attempt.id, one.candidate, words, iso(attempt.started_at or attempt.created_at)
    )


def _words(one: ExportView) -> str:
    match one.stage:
        case Stage.WAITING:
            return f"{_attempts(one.total)}; another export is being made first"
        case Stage.RUNNING:
            now = f", now {one.current}" if one.current else ""
            return f"{one.done} of {_attempts(one.total)} ({one.percent} %){now}"
        case Stage.DONE:
            return f"{_attempts(one.total)}, {_size(one.size_bytes)}"
    return f"Stopped after {one.done} of {_attempts(one.total)}"


def _problem(one: ExportView) -> str:
    if one.stage is Stage.FAILED:
        return one.problem or _FAILED
    if not one.errors:
        return ""
    what = "1 thing" if one.errors == 1 else f"{one.errors} things"
    return f"{what} could not be read; errors.txt in the archive names what."


def _attempts(count: int) -> str:
    return "1 attempt" if count == 1 else f"{count:,} attempts"


def _size(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{max(1, size_bytes // 1000)} KB"
    return f"{size_bytes / 1_000_000:.1f} MB"
