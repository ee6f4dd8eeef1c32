"""What a proctor does about the one attempt they look at: say something, stop it, let it go on.

The same as the interfaces offer, but bound to this very attempt: once it is over, nothing is done
to another one that its candidate may have begun since.
"""

import asyncio

from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.errors import Conflict
from proctor_app.services.attempt_access import allow_on_id, not_ones_own
from proctor_app.services.messages import MessageView
from proctor_app.services.sessions import Sessions
from proctor_app.services.sitting import Sitting
from proctor_app.services.views import AttemptView


class DeskActions:
    """All raise NotFound, and NotAllowed for whoever is not staff of the exam, or whose own attempt
    it is."""

    def __init__(self, database: Database, sessions: Sessions, sitting: Sitting) -> None:
        self._database = database
        self._sessions = sessions
        self._sitting = sitting

    async def messages(self, actor: Actor, attempt_id: str) -> tuple[MessageView, ...]:
        """What was said so far, oldest first."""
        await self._allow(actor, attempt_id, is_open=False)
        return await self._sitting.messages(actor, attempt_id)

    async def saw(self, actor: Actor, attempt_id: str) -> None:
        """The proctor has the candidate's words before them."""
        await self._allow(actor, attempt_id, is_open=False)
        await self._sitting.messages_seen(actor, attempt_id)

    async def say(
        self, actor: Actor, attempt_id: str, text: str, *, warn: bool = False
    ) -> MessageView:
        """Tell the candidate something; a warning stands before them until they have read it.

        Raises Invalid, Throttled, Conflict (it has ended).
        """
        await self._allow(actor, attempt_id)
        return await self._sitting.send_message(actor, attempt_id, text, warn=warn)

    async def pause(self, actor: Actor, attempt_id: str, reason: str) -> AttemptView:
        """Stop clock and monitoring. Raises Invalid, Throttled, Conflict (it does not run)."""
        user_id = await self._allow(actor, attempt_id)
        return await self._sessions.pause(actor, user_id, reason)

    async def resume(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Let it go on. Raises Throttled, Conflict (it is not paused)."""
        user_id = await self._allow(actor, attempt_id)
        return await self._sessions.resume(actor, user_id)

    async def terminate(self, actor: Actor, attempt_id: str, reason: str) -> AttemptView:
        """End it for a reason the candidate is told. Raises Invalid, Conflict (it is over)."""
        await self._allow(actor, attempt_id)
        return await self._sessions.terminate(actor, attempt_id, reason)

    async def _allow(self, actor: Actor, attempt_id: str, *, is_open: bool = True) -> str:
        """The candidate's id."""
        return await asyncio.to_thread(self._allowed, actor, attempt_id, is_open)

    def _allowed(self, actor: Actor, attempt_id: str, is_open: bool) -> str:
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.WATCH, attempt_id)
            not_ones_own(actor, row)
            if is_open and AttemptStatus(row.status) not in OPEN:
                raise Conflict("attempt_ended", "The attempt has ended.")
            return row.user_id
