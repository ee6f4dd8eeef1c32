"""One-use tickets from a page, which can set no cookie, to the route that can."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.errors import NotAuthenticated
from proctor_app.services.tickets import digest_of

GOOD_FOR = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class _Proved:
    user_id: str
    expires_at: datetime


class Handover:
    """Kept in memory as digests: a ticket lives seconds, losing it costs one more log-in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._proved: dict[str, _Proved] = {}

    def issue(self, user_id: str) -> str:
        """Give a ticket to whoever has proved to be this user."""
        now = self._clock()
        self._proved = {k: p for k, p in self._proved.items() if p.expires_at > now}
        ticket = secrets.token_urlsafe(32)
        self._proved[digest_of(ticket)] = _Proved(user_id, now + GOOD_FOR)
        return ticket

    def redeem(self, ticket: str) -> str:
        """Use a ticket up; the user's id. Raises NotAuthenticated for an unknown, used or expired
        one."""
        proved = self._proved.pop(digest_of(ticket), None)
        if proved is None or proved.expires_at <= self._clock():
            raise NotAuthenticated("ticket_invalid", "This log-in is over. Try again.")
        return proved.user_id
