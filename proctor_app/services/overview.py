"""How much there is of everything, for admins."""

from dataclasses import dataclass

from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.people import PeopleRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor, Role
from proctor_app.domain.exam import ExamStatus
from proctor_app.services.access import allow
from proctor_app.services.exam_lists import RUNNING


@dataclass(frozen=True, slots=True)
class Counts:
    """exams: by status. users: by role, nobody who was erased. open_incidents: going on now."""

    exams: dict[ExamStatus, int]
    users: dict[Role, int]
    running_attempts: int
    open_incidents: int


class Overview:
    def __init__(self, database: Database) -> None:
        self._database = database

    def counts(self, actor: Actor) -> Counts:
        """Raises NotAllowed."""
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            exams = ExamRows(session).count_by_status()
            users = PeopleRows(session).count_by_role()
            attempts = AttemptRows(session).count_by_status()
            incidents = len(IncidentRows(session).unclosed())
        return Counts(
            {status: exams.get(status.value, 0) for status in ExamStatus},
            {role: users.get(role.value, 0) for role in Role},
            sum(count for status, count in attempts.items() if status in RUNNING),
            incidents,
        )
