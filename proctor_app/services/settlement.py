"""What was found about an attempt is committed in its order, and only then told to others."""

import asyncio
import logging
from datetime import datetime

from proctor_app.db.session import AlreadyThere, DatabaseUnavailable
from proctor_app.domain.incident import Phase
from proctor_app.services.broadcast import Broadcast, IncidentNews
from proctor_app.services.evidence import Evidence
from proctor_app.services.incidents import Incidents
from proctor_app.services.live import Found, LiveAttempt
from proctor_app.services.moments import Wanted
from proctor_app.services.views import IncidentView
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.frame import FrameRejected

log = logging.getLogger(__name__)


class Settlement:
    """Call with the attempt's lock held."""

    def __init__(
        self,
        engine: VisionEngine,
        incidents: Incidents,
        evidence: Evidence,
        broadcast: Broadcast,
    ) -> None:
        self._engine = engine
        self._incidents = incidents
        self._evidence = evidence
        self._broadcast = broadcast

    async def settle(self, live: LiveAttempt) -> None:
        """Commit what waits, oldest first; what fails waits for the next call."""
        while live.uncommitted:
            found = live.uncommitted[0]
            try:
                incident = await asyncio.to_thread(self._record, live, found)
            except (DatabaseUnavailable, OSError):
                live.in_doubt = True
                log.exception("incident.not_committed attempt_id=%s", live.attempt_id)
                return
            except AlreadyThere:  # the database refuses it for good: its attempt is gone
                log.exception("incident.refused attempt_id=%s", live.attempt_id)
                live.uncommitted.popleft()
                continue
            live.in_doubt = False
            live.uncommitted.popleft()
            self.tell(live, found, incident)
        await self._keep_pictures(live)

    async def mend(self, live: LiveAttempt, now: datetime) -> None:
        """End incidents whose opening was committed though it seemed to fail. Raises
        DatabaseUnavailable."""
        if live.is_torn and not live.uncommitted:
            known = tuple(live.incidents.values())
            await asyncio.to_thread(self._incidents.close_strays, live.attempt_id, known, now)
            live.is_torn = False

    def tell(self, live: LiveAttempt, found: Found, incident: IncidentView) -> None:
        """Remember and publish what was committed."""
        live.remember(found, incident.id)
        phase = found.change.phase
        log.info("incident.%s incident_id=%d attempt_id=%s type=%s", phase, incident.id,
                 live.attempt_id, found.change.event_type)  # fmt: skip
        self._broadcast.publish(IncidentNews(live.attempt_id, phase, incident))

    async def _keep_pictures(self, live: LiveAttempt) -> None:
        """Keep what shows an incident's before and after. It is committed without them: while the
        database is away they wait for the next call, and what can't be kept then is let go, so that
        nothing behind it waits in vain. Trouble that lasts is written down once."""
        wanted = live.moments.wanted
        while wanted:
            one = wanted[0]
            try:
                await asyncio.to_thread(
                    self._evidence.keep,
                    live.attempt_id,
                    one.incident_id,
                    one.moment,
                    one.picture,
                )
                live.moments.is_failing = False
            except DatabaseUnavailable:
                _say_once(live, one)
                return
            except (AlreadyThere, FrameRejected):  # a second time, or its person was erased
                log.info("evidence.refused incident_id=%d", one.incident_id)
            except Exception:  # noqa: BLE001 - no picture stops its stream, whatever it meets
                _say_once(live, one)
            if wanted and wanted[0] is one:  # not one that took its place meanwhile
                wanted.popleft()

    def _record(self, live: LiveAttempt, found: Found) -> IncidentView:
        change = found.change
        return self._incidents.record(
            live.attempt_id,
            change,
            "" if found.is_told else self._engine.models,
            found.picture if change.phase is Phase.OPENED else None,
            known_id=live.incidents.get((found.is_told, change.event_type)),
            weights=live.rules.weights,
            again=live.in_doubt,
        )


def _say_once(live: LiveAttempt, one: Wanted) -> None:
    if not live.moments.is_failing:
        log.exception("evidence.not_kept incident_id=%d", one.incident_id)
    live.moments.is_failing = True
