"""How often is too often: moving windows by the limits library, by account and by address."""

import hashlib
import threading
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, unique
from ipaddress import AddressValueError, IPv6Address, IPv6Network
from math import ceil
from time import monotonic

from limits import RateLimitItem, RateLimitItemPerMinute, parse
from limits.storage import MemoryStorage
from limits.storage.memory import Entry
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
    METER = "95 per minute"
    KEY_FAILURES = "30 per 3 minute"
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
    SIGNALS = "300 per minute"
    CHECK_IN_LOOK = "6 per second"
    IDENTIFY = "15 per 10 minute"
    ENROL = "20 per hour"
    EXPORT = "4 per hour"
    ERASURE = "30 per hour"
    JOIN = "40 per minute"
    ANSWER = "900 per 30 second"
    MESSAGE = "70 per minute"
    PAUSE = "240 per minute"
    OWN_PAUSE = "20 per 60 minute"
    REPORT = "45 per minute"
    EXAM_EXPORT = "25 per hour"
    APPEAL = "6 per 20 minute"
    DISMISSAL = "50 per 5 minute"
    LTI_ADDRESS = "1100 per minute"
    SEB = "65 per minute"
    WEBHOOK_TEST = "12 per 2 minute"


@dataclass(frozen=True, slots=True)
class Rate:
    """One use by a rate of the caller's own. limit: uses in a minute; remaining: how many are left;
    reset_s: until the oldest one that counts no longer does. allowed: whether this one was."""

    limit: int
    remaining: int
    reset_s: int
    allowed: bool


_BY_ADDRESS = frozenset(
    {
        Limit.SIGN_UP,
        Limit.LOG_IN_ADDRESS,
        Limit.RESET_ADDRESS,
        Limit.METER,
        Limit.KEY_FAILURES,
        Limit.FACE_TRY_ADDRESS,
        Limit.FACE_LOOK_ADDRESS,
        Limit.FACE_CHALLENGE_ADDRESS,
        Limit.FACE_LOGIN_ADDRESS,
        Limit.LTI_ADDRESS,
    }
)
_PREFIX_BITS = 64
_MAX_KEY = 64
_SWEEP_EVERY_S = 60.0


def network(address: str) -> str:
    """What an address is counted as: of IPv6 the /64, which is one customer's (RFC 6177), so that
    the many addresses in it count as one; of IPv4, also inside IPv6, and of anything else itself.
    """
    with suppress(AddressValueError):
        found = IPv6Address(address.partition("%")[0])
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Network((found, _PREFIX_BITS), strict=False))
    return address


class _Use(Entry):
    """One use by a clock that nobody can set: a time of day that is set back would let the uses
    from before it count for as long as it was set back by."""

    def __init__(self, now_s: float, expiry: int) -> None:
        self.atime = now_s
        self.expiry = now_s + expiry


class _Storage(MemoryStorage):
    """Forgets keys that no longer count, which the library's own does not: callers choose them.

    One lock for all keys: each use is a few steps, and the library's lock by key goes with the key.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._swept_at_s = 0.0
        super().__init__()
        self.timer.cancel()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count uses, unless they are too many; starts no timer, unlike the library's."""
        with self._lock:
            now_s = monotonic()  # in here, so that entries stay in the order of their times
            self._sweep(now_s)
            entries = self.events.get(key, [])
            room = limit - amount
            if room < 0 or (len(entries) > room and entries[room].atime >= now_s - expiry):
                return False
            self.events[key] = [*(_Use(now_s, expiry) for _ in range(amount)), *entries][:limit]
            return True

    def get_moving_window(
        self,
        key: str,
        limit: int,  # noqa: ARG002 - the library's signature
        expiry: int,
    ) -> tuple[float, int]:
        """When the oldest use that counts was, and how many count."""
        with self._lock:
            now_s = monotonic()
            counted = [one.atime for one in self.events.get(key, []) if one.atime >= now_s - expiry]
            return (counted[-1], len(counted)) if counted else (now_s, 0)

    def clear(self, key: str) -> None:
        """Forget the key."""
        with self._lock:
            super().clear(key)

    def take_back(self, key: str) -> None:
        """Forget the newest entry, if there is one."""
        with self._lock:
            if entries := self.events.get(key):
                entries.pop(0)

    def _sweep(self, now_s: float) -> None:
        """Drop, at most once a minute, the keys whose newest entry no longer counts."""
        if 0 <= now_s - self._swept_at_s < _SWEEP_EVERY_S:
            return
        self._swept_at_s = now_s
        over = [key for key, held in self.events.items() if not held or held[0].expiry < now_s]
        for key in over:
            del self.events[key]


class Throttle:
    def __init__(self) -> None:
        self._storage = _Storage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self._items: dict[Limit, RateLimitItem] = {limit: parse(limit.value) for limit in Limit}

    def hit(self, limit: Limit, key: str) -> None:
        """Count one use; raise Throttled with the seconds to wait if it is one too many."""
        if not self._limiter.hit(self._items[limit], limit.name, _counted_as(limit, key)):
            raise Throttled(self._retry_after_s(limit, key))

    def use(self, thing: str, key: str, per_minute: int) -> Rate:
        """Count one use of a thing whose rate is its own, such as a key's, unless it is one too
        many; tell what is left. thing: what kind it is, no name of a Limit."""
        item = RateLimitItemPerMinute(per_minute)
        allowed = self._limiter.hit(item, thing, key)
        window = self._limiter.get_window_stats(item, thing, key)
        reset_s = max(1, ceil(window.reset_time - monotonic()))
        return Rate(per_minute, window.remaining, reset_s, allowed)

    def give_back(self, limit: Limit, key: str) -> None:
        """Uncount one use that turned out well. Whoever counts a use before looking at it, and
        gives it back afterwards, lets no more through when many come at once."""
        counted = self._items[limit].key_for(limit.name, _counted_as(limit, key))
        self._storage.take_back(counted)

    def clear(self, limit: Limit, key: str) -> None:
        """Forget every use that was counted."""
        self._limiter.clear(self._items[limit], limit.name, _counted_as(limit, key))

    def check(self, limit: Limit, key: str) -> None:
        """Raise Throttled if the next use would be one too many, without counting one."""
        if not self._limiter.test(self._items[limit], limit.name, _counted_as(limit, key)):
            raise Throttled(self._retry_after_s(limit, key))

    def _retry_after_s(self, limit: Limit, key: str) -> int:
        window = self._limiter.get_window_stats(
            self._items[limit], limit.name, _counted_as(limit, key)
        )
        return max(1, round(window.reset_time - monotonic()))


def _counted_as(limit: Limit, key: str) -> str:
    """The key, an address as its network, and nothing longer than a digest."""
    key = network(key) if limit in _BY_ADDRESS else key
    if len(key) <= _MAX_KEY:
        return key
    return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()
