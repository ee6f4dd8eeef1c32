"""How often is too often: moving windows by the limits library, by account and by address."""

import time
from enum import Enum

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from proctor_app.errors import Throttled


class Limit(Enum):
    """A limited thing and its rate; the rates suit a seminar room behind one address."""

    SIGN_UP = "60 per minute"
    LOG_IN_ADDRESS = "120 per minute"
    LOG_IN_FAILURES = "10 per minute"
    START = "30 per minute"
    FRAME = "20 per second"


class Throttle:
    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._items: dict[Limit, RateLimitItem] = {limit: parse(limit.value) for limit in Limit}

    def hit(self, limit: Limit, key: str) -> None:
        """Count one use; raise Throttled with the seconds to wait if it is one too many."""
        if not self._limiter.hit(self._items[limit], limit.name, key):
            raise Throttled(self._retry_after_s(limit, key))

    def check(self, limit: Limit, key: str) -> None:
        """Raise Throttled if the next use would be one too many, without counting one."""
        if not self._limiter.test(self._items[limit], limit.name, key):
            raise Throttled(self._retry_after_s(limit, key))

    def _retry_after_s(self, limit: Limit, key: str) -> int:
        window = self._limiter.get_window_stats(self._items[limit], limit.name, key)
        return max(1, round(window.reset_time - time.time()))
