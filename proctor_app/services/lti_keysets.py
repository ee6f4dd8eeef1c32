"""The keys that learning platforms publish, kept for a while."""

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.errors import ProctorError, Unavailable
from proctor_app.services.lti_platforms import MOST_PLATFORMS
from proctor_app.services.lti_tokens import Keys, keys_from
from proctor_app.services.outgoing import Outgoing

log = logging.getLogger(__name__)

_KEPT_FOR = timedelta(hours=1)
_AGAIN_AFTER = timedelta(seconds=30)
"""Not asked more often, however many tokens name keys that nobody knows."""


class KeysUnreachable(Unavailable):
    code = "lti_keys_unreachable"
    detail = "The learning platform's keys can't be read. Try again in a moment."


@dataclass(slots=True)
class _Set:
    keys: Keys | None = None
    read_at: datetime | None = None
    asked_at: datetime | None = None
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class KeySets:
    """Lives on one event loop."""

    def __init__(self, outgoing: Outgoing, clock: Clock) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._sets: OrderedDict[str, _Set] = OrderedDict()

    async def with_key(self, url: str, kid: str) -> Keys:
        """The set at this address, read anew where it is old or does not have the key.

        It may not have it then, either. Raises KeysUnreachable where none was read in time.
        """
        kept = self._kept(url)
        if not self._is_good(kept, kid):
            async with kept.asking:  # of many who come at once, one asks
                if not self._is_good(kept, kid) and self._may_ask(kept):
                    await self._read(url, kept)
        now = self._clock()
        if kept.keys is None or kept.read_at is None or now - kept.read_at > 2 * _KEPT_FOR:
            raise KeysUnreachable
        return kept.keys

    def _kept(self, url: str) -> _Set:
        kept = self._sets.setdefault(url, _Set())
        self._sets.move_to_end(url)
        while len(self._sets) > MOST_PLATFORMS:
            self._sets.popitem(last=False)
        return kept

    def _is_good(self, kept: _Set, kid: str) -> bool:
        if kept.keys is None or kept.read_at is None:
            return False
        return kid in kept.keys and self._clock() - kept.read_at <= _KEPT_FOR

    def _may_ask(self, kept: _Set) -> bool:
        return kept.asked_at is None or self._clock() - kept.asked_at >= _AGAIN_AFTER

    async def _read(self, url: str, kept: _Set) -> None:
        kept.asked_at = self._clock()
        try:
            answer = await self._outgoing.send("GET", url, headers={"accept": "application/json"})
            if answer.status != 200:
                raise ValueError(f"status {answer.status}")
            kept.keys = keys_from(answer.body)
            kept.read_at = self._clock()
        except (ProctorError, ValueError) as error:
            log.warning("lti.keys_not_read url=%s reason=%s", url, str(error)[:200])
