"""Judging what was noted: the queue, one attempt with its incidents, verdicts, release."""

import asyncio

from proctor_app.domain.access import Actor
from proctor_app.domain.incident import Verdict
from proctor_app.services.broadcast import Broadcast, ReviewNews
from proctor_app.services.evidence import EvidenceView
from proctor_app.services.review_reading import MAX_LIMIT, ReviewReading
from proctor_app.services.review_views import (
    AppealView,
    Judged,
    QueuedAttempt,
    QueueFilter,
    QueuePage,
    ReviewIncident,
    ReviewSitting,
    ReviewView,
)
from proctor_app.services.verdicts import Verdicts
from proctor_app.services.views import AttemptView

__all__ = [
    "MAX_LIMIT",
    "AppealView",
    "EvidenceView",
    "Judged",
    "QueueFilter",
    "QueuePage",
    "QueuedAttempt",
    "ReviewIncident",
    "ReviewSitting",
    "ReviewView",
    "Reviews",
]


class Reviews:
    """Lives on the event loop; what was committed is told to whoever watches."""

    def __init__(self, reading: ReviewReading, verdicts: Verdicts, broadcast: Broadcast) -> None:
        self._reading = reading
        self._verdicts = verdicts
        self._broadcast = broadcast

    async def queue(
        self, actor: Actor, wanted: QueueFilter, limit: int = 50, cursor: str = ""
    ) -> QueuePage:
        """What waits for a person among what the actor may watch: the lowest compliance first, and
        the oldest where it is equal; or the oldest first.

        Raises NotFound (no such exam), NotAllowed, Invalid ("queue_unknown", "sort_unknown",
        "cursor_invalid").
        """
        return await asyncio.to_thread(self._reading.queue, actor, wanted, limit, cursor)

    async def next_of(self, actor: Actor, wanted: QueueFilter, seen: frozenset[str]) -> str:
        """The first attempt of the queue other than those seen, on whatever page it stands; "" for
        none. Raises as ``queue``."""
        cursor = ""
        while True:
            page = await self.queue(actor, wanted, MAX_LIMIT, cursor)
            ids = (one.attempt.id for one in page.items)
            found = next((one for one in ids if one not in seen), "")
            if found or not page.next:
                return found
            cursor = page.next

    async def sitting(self, actor: Actor, attempt_id: str) -> ReviewSitting:
        """One attempt with all that is to be judged. Raises NotFound, NotAllowed."""
        return await asyncio.to_thread(self._reading.sitting, actor, attempt_id)

    async def judge(
        self,
        actor: Actor,
        incident_id: int,
        verdict: Verdict | str,
        reason: str = "",
        category: str = "",
    ) -> Judged:
        """Say what an incident was; the attempt's compliance is recomputed at once.

        Where the exam wants two people for a violation, the first one's waits for another person.
        Raises NotFound, NotAllowed ("own_attempt" as well), Invalid ("verdict_unknown",
        "reason_missing", "reason_too_long", "category_unknown").
        """
        judged = await asyncio.to_thread(
            self._verdicts.judge, actor, incident_id, verdict, reason, category
        )
        self._tell(judged.attempt)
        return judged

    async def note(
        self, actor: Actor, attempt_id: str, text: str, incident_id: int | None = None
    ) -> ReviewView:
        """Keep a remark for the colleagues, on the attempt or one of its incidents. Raises
        NotFound, NotAllowed, Invalid ("note_missing", "note_too_long")."""
        found = await asyncio.to_thread(self._verdicts.note, actor, attempt_id, text, incident_id)
        self._broadcast.publish(ReviewNews(attempt_id))
        return found

    async def judge_attempt(
        self,
        actor: Actor,
        attempt_id: str,
        verdict: Verdict | str,
        reason: str,
        category: str = "",
    ) -> AttemptView:
        """Give an ended attempt its own verdict, which ends the review; the reason is required.

        Raises as ``judge``, and Conflict ("attempt_not_ended"; "appeal_open": the verdict is given
        with the answer).
        """
        found = await asyncio.to_thread(
            self._verdicts.judge_attempt, actor, attempt_id, verdict, reason, category
        )
        self._tell(found)
        return found

    async def release(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Show the candidate results, incidents and what was said of them. Raises NotFound,
        NotAllowed, Conflict ("attempt_not_ended")."""
        found = await asyncio.to_thread(self._verdicts.release, actor, attempt_id)
        self._tell(found)
        return found

    async def take_back_release(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Show the candidate no more than before the release. Raises NotFound, NotAllowed."""
        found = await asyncio.to_thread(self._verdicts.take_back_release, actor, attempt_id)
        self._tell(found)
        return found

    def _tell(self, attempt: AttemptView) -> None:
        self._broadcast.publish(ReviewNews(attempt.id))
