"""A mailbox with one slot: the newest frame wins, the one it replaces is answered at once."""

import asyncio
from dataclasses import dataclass
from typing import Generic, TypeVar

Content = TypeVar("Content")
Answer = TypeVar("Answer")


class Replaced(Exception):
    """A newer frame took this one's place before it was looked at."""


class MailboxClosed(Exception):
    """Nobody takes frames from here any more."""


@dataclass(frozen=True, slots=True)
class Letter(Generic[Content, Answer]):
    content: Content
    answer: asyncio.Future[Answer]


class Mailbox(Generic[Content, Answer]):
    """Lives on one event loop. replaced: how many frames were never looked at."""

    def __init__(self) -> None:
        self._letter: Letter[Content, Answer] | None = None
        self._arrived = asyncio.Event()
        self._closed = False
        self.replaced = 0

    def put(self, content: Content) -> asyncio.Future[Answer]:
        """Leave a frame; its answer comes later, Replaced or MailboxClosed instead if it never
        will."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self._closed:
            answer.set_exception(MailboxClosed())
            return answer
        if self._letter is not None:
            self.replaced += 1
            self._refuse(self._letter, Replaced())
        self._letter = Letter(content, answer)
        self._arrived.set()
        return answer

    async def take(self) -> Letter[Content, Answer]:
        """Wait for the next letter nobody has given up on; raises MailboxClosed at the end."""
        while True:
            await self._arrived.wait()
            if self._closed:
                raise MailboxClosed
            self._arrived.clear()
            letter, self._letter = self._letter, None
            if letter is not None and not letter.answer.done():
                return letter

    def close(self) -> None:
        self._closed = True
        self._arrived.set()
        if self._letter is not None:
            self._refuse(self._letter, MailboxClosed())
            self._letter = None

    @staticmethod
    def _refuse(letter: Letter[Content, Answer], reason: Exception) -> None:
        if not letter.answer.done():
            letter.answer.set_exception(reason)
