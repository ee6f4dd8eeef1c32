"""What is known of an attempt before it is watched: its exam's rules and its candidate."""

from dataclasses import dataclass, replace

from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.session import Database
from proctor_app.domain.incident import EventType
from proctor_app.services import neutral
from proctor_app.services.exam_rules import ExamRules, Rules
from proctor_app.services.live import AT_CHECK_IN
from proctor_app.services.profiles import Profiles
from proctor_app.services.views import AttemptView
from proctor_app.vision.profile import Profile

UNRECOGNISED = "identity_unrecognised"
"""The line in an attempt's history: the last try of the check-in did not know the face."""


@dataclass(frozen=True, slots=True)
class Watched:
    """unrecognised: the check-in's mismatch is not among the incidents yet."""

    rules: Rules
    profile: Profile
    unrecognised: bool = False


class Watching:
    def __init__(self, database: Database, rules: ExamRules, profiles: Profiles) -> None:
        self._database = database
        self._rules = rules
        self._profiles = profiles

    def of(self, attempt: AttemptView) -> Watched:
        """Asks the database. Raises NotFound."""
        rules = self._rules.of(attempt.id)
        known = rules.profile(self._profiles.of(attempt.user_id))
        profile = replace(known, neutral=neutral.from_json(attempt.neutral))
        return Watched(rules, profile, rules.is_identified and self._is_owed(attempt.id))

    def _is_owed(self, attempt_id: str) -> bool:
        with self._database.read() as session:
            lines = AttemptRows(session).events(attempt_id)
            if not any(line.kind == UNRECOGNISED for line in lines):
                return False
            found = IncidentRows(session).of_attempts([attempt_id], with_hidden=True)
        mismatch = EventType.IDENTITY_MISMATCH.value
        return not any(row.event_type == mismatch and row.detail == AT_CHECK_IN for row in found)
