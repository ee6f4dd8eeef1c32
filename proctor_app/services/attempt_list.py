"""The list of attempts that staff look through, newest first."""

from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import AttemptFilter, AttemptPlace
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.errors import Invalid
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import watcher
from proctor_app.services.cursors import Cursors
from proctor_app.services.told import attempt_for
from proctor_app.services.views import AttemptView

MAX_LIMIT = 100
_CURSOR = "attempts"


@dataclass(frozen=True, slots=True)
class ListedAttempt:
    """candidate: the name. title: of the exam, empty for a free session. remaining_s: None before
    the start and after the end."""

    attempt: AttemptView
    candidate: str
    title: str
    remaining_s: float | None


@dataclass(frozen=True, slots=True)
class AttemptPage:
    """next: where the next page begins, empty on the last one."""

    items: tuple[ListedAttempt, ...]
    next: str


class AttemptList:
    def __init__(self, database: Database, cursors: Cursors, clock: Clock) -> None:
        self._database = database
        self._cursors = cursors
        self._clock = clock

    def page(
        self, actor: Actor, status: str = "", exam_id: str = "", limit: int = 50, cursor: str = ""
    ) -> AttemptPage:
        """The attempts that are the actor's to watch; of their own they read what a candidate may
        know, and find it by that. Raises NotAllowed; Invalid for an unknown
        status or cursor."""
        allow(actor, Action.WATCH)
        if status and status not in set(AttemptStatus):
            raise Invalid("status_unknown", f"A status is {', '.join(AttemptStatus)}.")
        limit = max(1, min(limit, MAX_LIMIT))
        start = self._start(cursor) if cursor else None
        wanted = AttemptFilter(actor.user_id, status, exam_id, watcher(actor))
        with self._database.read() as session:
            found = AttemptRows(session).page(wanted, start, limit + 1)
        now = self._clock()
        items = [
            _listed(attempt_for(actor.user_id, row), name, title or "", now)
            for row, name, title in found
        ]
        is_more, items = len(items) > limit, items[:limit]
        return AttemptPage(tuple(items), self._cursor(items[-1]) if is_more else "")

    def _start(self, cursor: str) -> AttemptPlace:
        created_at, attempt_id = self._cursors.open(_CURSOR, cursor, 2)
        return AttemptPlace(datetime.fromisoformat(created_at), attempt_id)

    def _cursor(self, last: ListedAttempt) -> str:
        return self._cursors.seal(_CURSOR, [last.attempt.created_at.isoformat(), last.attempt.id])


def _listed(attempt: AttemptView, candidate: str, title: str, now: datetime) -> ListedAttempt:
    is_open = attempt.status in OPEN
    return ListedAttempt(attempt, candidate, title, attempt.remaining_s(now) if is_open else None)
