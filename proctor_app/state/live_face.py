"""A face in front of the camera: every picture is answered at once with one clear sentence."""

from collections.abc import AsyncIterator, Awaitable, Callable

import reflex as rx

from proctor_app.errors import ProctorError, Throttled
from proctor_app.services.face_tries import BUSY, Look
from proctor_app.state.data_url import decode_data_url
from proctor_app.state.wiring import services
from proctor_app.vision.capture import WANTED

Judge = Callable[[str, str, bytes], Awaitable[Look]]
_WAITING = ("busy", "vision_failed", "hold_still", "over")


class LiveFace(rx.State, mixin=True):
    """tries: how many were begun here; acked: the last picture that was answered; taken: the
    numbers of those that became part of the enrolment, in this try; wanted: how many it takes."""

    tries: int = 0
    acked: int = -1
    taken: list[int] = []
    wanted: int = WANTED
    done: bool = False
    over: bool = False
    tone: str = "none"
    sentence: str = ""

    async def _may_try(self) -> None:
        """Raise where the visitor may not have a face looked at."""
        raise NotImplementedError

    @rx.event
    async def begin_try(self) -> None:
        """Begin to look: what was taken before is forgotten."""
        await self._may_try()
        self.tries += 1
        self._clear_try()
        try:
            services().face_tries.begin(*_whose(self))
        except Throttled as error:
            self.over, self.tone, self.sentence = True, "unknown", error.detail

    @rx.event(background=True)
    async def look(self, data_url: str, seq: int) -> AsyncIterator[None]:
        """Judge one picture of the camera; the answer releases the next one."""
        await self._may_try()
        found = await _answer(services().face_tries.look, self, data_url)
        async with self:
            self._show(found, int(seq))
        yield

    @rx.event(background=True)
    async def check_photo(self, data_url: str, seq: int) -> AsyncIterator[None]:
        """Judge a photo that was chosen, before its form is sent."""
        await self._may_try()
        found = await _answer(services().face_tries.check, self, data_url)
        async with self:
            self._clear_try()
            self._show(found, int(seq))
        yield

    def _show(self, found: Look, seq: int) -> None:
        self.acked, self.sentence = seq, found.sentence
        self.tone = _tone(found)
        self.done, self.over = found.done, found.over
        if found.taken:
            self.taken = [*self.taken, seq]

    def _clear_try(self) -> None:
        self.acked, self.taken, self.done, self.over = -1, [], False, False
        self.tone, self.sentence = "none", ""


async def _answer(judge: Judge, state: rx.State, data_url: str) -> Look:
    """What a picture showed; a picture that can't be read is told like a poor one."""
    try:
        return await judge(*_whose(state), decode_data_url(data_url))
    except Throttled:
        return Look("busy", BUSY)
    except ProctorError as error:
        return Look(error.code, error.detail)


def _whose(state: rx.State) -> tuple[str, str]:
    """The tab and the address that a try is counted for."""
    session = state.router.session
    return session.client_token, session.client_ip


def _tone(found: Look) -> str:
    if found.code in ("good", "done"):
        return "ok"
    return "unknown" if found.code in _WAITING else "notice"
