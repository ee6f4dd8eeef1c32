"""One-use tickets for the WebSocket: the only token that may stand in a URL."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.domain.access import Actor
from proctor_app.errors import NotAuthenticated

GOOD_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom and what a ticket was made for; user_id: whose attempt it is."""

    actor: Actor
    attempt_id: str
    user_id: str
    expires_at: datetime


class Tickets:
    """Kept in memory as digests: a ticket lives seconds, losing it costs one more ``start``."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._holders: dict[str, Holder] = {}

    def issue(self, actor: Actor, attempt_id: str, user_id: str) -> str:
        """A new ticket to the attempt of ``user_id``. What staff get is as good as spent: only the
        candidate streams."""
        now = self._clock()
        self._holders = {k: h for k, h in self._holders.items() if h.expires_at > now}
        ticket = secrets.token_urlsafe(32)
        self._holders[digest_of(ticket)] = Holder(actor, attempt_id, user_id, now + GOOD_FOR)
        return ticket

    def redeem(self, ticket: str) -> Holder:
        """Use a ticket up; raises NotAuthenticated for an unknown, used or expired one."""
        holder = self._holders.pop(digest_of(ticket), None)
        if holder is None or holder.expires_at <= self._clock():
            raise NotAuthenticated("ticket_invalid", "The ticket is unknown, used or expired.")
        return holder


def digest_of(ticket: str) -> str:
    """What is kept of a ticket instead of itself."""
    # JSON can carry half a character, which plain UTF-8 can't.
    return hashlib.sha256(ticket.encode(errors="surrogatepass")).hexdigest()
