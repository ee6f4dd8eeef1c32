"""How often is too often: moving windows by the limits library, by account and by address."""

import time
from enum import Enum, unique

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from proctor_app.errors import Throttled


@unique
class Limit(Enum):
    """A limited thing and its rate; the rates suit a seminar room behind one address. No two are
    alike: members of one value would be one member, and share what they count."""

    SIGN_UP = "60 per minute"
    LOG_IN_ADDRESS = "120 per minute"
    LOG_IN_FAILURES = "10 per minute"
    SECOND_FACTOR = "10 per 10 minute"
    RESET_ADDRESS = "20 per minute"
    RESET_ACCOUNT = "5 per hour"
    METER = "300 per minute"
    START = "30 per minute"
    FRAME = "20 per second"
    FACE_TRY_TAB = "12 per minute"
    FACE_TRY_ADDRESS = "100 per minute"
    FACE_LOOK_TAB = "5 per second"
    FACE_LOOK_ADDRESS = "900 per minute"
    FACE_CHALLENGE_ADDRESS = "90 per minute"
    FACE_CHALLENGE_ACCOUNT = "8 per minute"
    FACE_LOGIN_ADDRESS = "80 per minute"
    FACE_LOGIN_FAILURES = "5 per 15 minute"
    ENROL = "20 per hour"
    EXPORT = "4 per hour"
    ERASURE = "30 per hour"


class _Storage(MemoryStorage):
    def take_back(self, key: str) -> None:
        """Forget the newest entry, if there is one."""
        with self.locks[key]:
            if entries := self.events.get(key):
                entries.pop(0)


class Throttle:
    def __init__(self) -> None:
        self._storage = _Storage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._items: dict[Limit, RateLimitItem] = {limit: parse(limit.value) for limit in Limit}

    def hit(self, limit: Limit, key: str) -> None:
        """Count one use; raise Throttled with the seconds to wait if it is one too many."""
        if not self._limiter.hit(self._items[limit], limit.name, key):
            raise Throttled(self._retry_after_s(limit, key))

    def give_back(self, limit: Limit, key: str) -> None:
        """Uncount one use that turned out well. Whoever counts a use before looking at it, and
        gives it back afterwards, lets no more through when many come at once."""
        self._storage.take_back(self._items[limit].key_for(limit.name, key))

    def clear(self, limit: Limit, key: str) -> None:
        """Forget every use that was counted."""
        self._limiter.clear(self._items[limit], limit.name, key)

    def check(self, limit: Limit, key: str) -> None:
        """Raise Throttled if the next use would be one too many, without counting one."""
        if not self._limiter.test(self._items[limit], limit.name, key):
            raise Throttled(self._retry_after_s(limit, key))

    def _retry_after_s(self, limit: Limit, key: str) -> int:
        window = self._limiter.get_window_stats(self._items[limit], limit.name, key)
        return max(1, round(window.reset_time - time.time()))
