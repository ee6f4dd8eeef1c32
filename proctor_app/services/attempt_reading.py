"""Attempts as they may be looked at."""

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import allow_on
from proctor_app.services.told import attempt_for
from proctor_app.services.views import AttemptView

_HISTORY = 20


class AttemptReading:
    """What Attempts tells without changing anything."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open_of(self, actor: Actor, user_id: str) -> AttemptView:
        """The candidate's open attempt. Raises NotAllowed or NotFound."""
        allow(actor, Action.READ_ATTEMPT, user_id)
        with self._database.read() as session:
            row = AttemptRows(session).open_of(user_id)
            if row is None:
                raise NotFound("no_open_attempt", "There is no open attempt.")
            allow_on(session, actor, Action.READ_ATTEMPT, row)
        return views.attempt(row)

    def latest_of(self, actor: Actor, user_id: str) -> AttemptView:
        """The open attempt, else the last one. Raises NotAllowed or NotFound."""
        allow(actor, Action.READ_ATTEMPT, user_id)
        with self._database.read() as session:
            rows = AttemptRows(session)
            row = rows.open_of(user_id) or rows.latest_of(user_id)
            if row is None:
                raise NotFound("no_attempt", "There is no attempt yet.")
            allow_on(session, actor, Action.READ_ATTEMPT, row)
        return attempt_for(actor.user_id, row)

    def history(self, actor: Actor, user_id: str) -> list[AttemptView]:
        """The candidate's latest attempts, newest first, that the actor may see. Raises
        NotAllowed."""
        allow(actor, Action.READ_ATTEMPT, user_id)
        with self._database.read() as session:
            rows = AttemptRows(session).history_of(user_id, _HISTORY)
            return [
                attempt_for(actor.user_id, row) for row in rows if _may_see(session, actor, row)
            ]

    def by_id(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Raises NotFound, or NotAllowed for another candidate's attempt or another's exam."""
        with self._database.read() as session:
            row = there(AttemptRows(session).by_id(attempt_id))
            allow_on(session, actor, Action.READ_ATTEMPT, row)
        return attempt_for(actor.user_id, row)

    def may_pause(self, attempt: AttemptView, *, exam_allows: bool) -> bool:
        """Whether the candidate may: the exam lets everybody, or the roster lets this one."""
        if attempt.exam_id is None or exam_allows:
            return exam_allows
        with self._database.read() as session:
            entry = Roster(session).entry_for(attempt.exam_id, attempt.user_id)
        return entry is not None and entry.may_pause

    def now(self, attempt_id: str) -> AttemptView:
        """The attempt as it stands; for the installation itself, which asks nobody. Raises
        NotFound."""
        with self._database.read() as session:
            return views.attempt(there(AttemptRows(session).by_id(attempt_id)))

    def running(self) -> list[str]:
        """Ids of all attempts whose clock runs and whose page or camera is there."""
        with self._database.read() as session:
            found = AttemptRows(session).with_status([AttemptStatus.RUNNING])
            return [row.id for row, _ in found]


def _may_see(session: Transaction, actor: Actor, row: tables.Attempt) -> bool:
    try:
        allow_on(session, actor, Action.READ_ATTEMPT, row)
    except NotAllowed:
        return False
    return True


def there(row: tables.Attempt | None) -> tables.Attempt:
    """The attempt. Raises NotFound where there is none."""
    if row is None:
        raise NotFound("no_attempt", "There is no such attempt.")
    return row
