"""News within this process: what was committed is told to whoever watches.

News may be lost when a watcher is slow; it then learns that it missed some (``gap``) and reads the
database again. The database is the truth, this is only the bell.
"""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from proctor_app.domain.incident import Phase
from proctor_app.services.views import IncidentView

_BACKLOG = 256


@dataclass(frozen=True, slots=True)
class IncidentNews:
    """An incident was opened or closed, and that is committed."""

    attempt_id: str
    phase: Phase
    incident: IncidentView


@dataclass(frozen=True, slots=True)
class AttemptNews:
    """An attempt began, ended, or changed its status."""

    attempt_id: str
    status: str


@dataclass(frozen=True, slots=True)
class ReplacedNews:
    """Another connection took the attempt over; the one named by ``connection`` stays."""

    attempt_id: str
    connection: str


Control = Literal["message", "warning", "pause", "resume", "terminate"]


@dataclass(frozen=True, slots=True)
class MessageNews:
    """Words for the candidate of an attempt, and that is committed. action: what they come with."""

    attempt_id: str
    action: Control
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewNews:
    """Incidents of an attempt were judged or acknowledged, or the attempt was, and that is
    committed."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class DeskNews:
    """Something for the proctors alone: a candidate wrote, or a colleague looks at an attempt."""

    attempt_id: str


News = IncidentNews | AttemptNews | ReplacedNews | MessageNews | ReviewNews | DeskNews


@dataclass(eq=False)
class Subscription:
    """One watcher's letter box; attempt_id None: all attempts."""

    attempt_id: str | None
    gap: bool = False
    _news: deque[News] = field(default_factory=deque)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self, timeout_s: float) -> list[News]:
        """All news since the last call; an empty list after ``timeout_s`` without any."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._bell.wait()
        except TimeoutError:
            return []
        self._bell.clear()
        news, self._news = list(self._news), deque()
        return news

    def put(self, news: News) -> None:
        if len(self._news) >= _BACKLOG:
            self._news.popleft()
            self.gap = True
        self._news.append(news)
        self._bell.set()


class Broadcast:
    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    @property
    def watchers(self) -> int:
        return len(self._subscriptions)

    def publish(self, news: News) -> None:
        """Tell every watcher; call only from the event loop and only after the commit."""
        for subscription in self._subscriptions:
            if subscription.attempt_id in (None, news.attempt_id):
                subscription.put(news)

    @contextmanager
    def subscribe(self, attempt_id: str | None = None) -> Iterator[Subscription]:
        subscription = Subscription(attempt_id)
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)
