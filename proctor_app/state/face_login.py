"""The page that logs in by face. Whoever uses it is nobody yet: the services bound what it does."""

import asyncio
from collections.abc import AsyncIterator

import reflex as rx

from proctor_app.errors import ProctorError
from proctor_app.services.face_live import FPS
from proctor_app.services.logins import Origin
from proctor_app.state.data_url import decode_data_url
from proctor_app.state.wiring import services
from proctor_app.vision.frame import FrameRejected

_MAX_EMAIL = 254


class FaceLoginState(rx.State):
    """phase: email, camera, over or entering. sign: which picture stands with the words; step: how
    many of the three steps are behind. acked: the last frame that was answered."""

    phase: str = "email"
    email: str = ""
    camera: str = "starting"
    fps: float = FPS
    acked: int = -1
    sending: bool = False
    words: str = ""
    sign: str = "face"
    step: int = 0
    problem: str = ""
    ticket: str = ""
    _live: str = ""

    @rx.event
    async def load(self) -> None:
        """Begin afresh whenever the page is opened."""
        self._leave()
        self.phase, self.problem = "email", ""

    @rx.event
    async def ask(self, form: dict[str, str]) -> None:
        """Go on to the camera; whether there is such an account is not told."""
        self._leave()
        self.email = str(form.get("email", ""))[:_MAX_EMAIL].strip()
        self.phase, self.camera, self.problem = "camera", "starting", ""

    @rx.event
    async def again(self) -> None:
        self._leave()
        known = self.email != ""
        self.phase, self.camera, self.problem = "camera" if known else "email", "starting", ""

    @rx.event
    async def camera_changed(self, status: str) -> None:
        """Begin once the camera runs, so that no time is lost on its permission."""
        self.camera = status[:40]
        if self.phase != "camera" or status != "live" or self._live:
            return
        session = self.router.session
        origin = Origin(session.client_ip or "unknown", self.router.headers.user_agent)
        try:
            self._live = await services().face_live.begin(self.email, origin)
        except ProctorError as error:
            self._end(error.detail)
            return
        self.words, self.sign, self.step = "Look at the camera", "face", 0
        self.acked, self.sending = -1, True

    @rx.event(background=True)
    async def take_frame(self, data_url: str, seq: int) -> AsyncIterator[None]:
        """Look at one frame; the answer releases the camera's next one."""
        live, trouble, view = self._live, "", None
        try:
            frame = await asyncio.to_thread(decode_data_url, data_url)
            view = await services().face_live.look(live, frame)
        except (FrameRejected, ProctorError) as error:
            trouble = error.detail
        async with self:
            if self._live != live or not live:
                return
            self.acked = int(seq)
            if view is None:
                self.words, self.sign = trouble, "problem"
            elif view.problem:
                self._end(view.problem)
            else:
                now = view.guidance
                self.words, self.sign, self.step = now.words, now.sign, now.step
                self._enter(view.ticket)
        yield

    def _enter(self, ticket: str) -> None:
        if ticket:
            self.ticket, self.phase, self.sending, self._live = ticket, "entering", False, ""

    def _end(self, problem: str) -> None:
        self._leave()
        self.phase, self.problem = "over", problem

    def _leave(self) -> None:
        if self._live:
            services().face_live.forget(self._live)
        self._live, self.sending, self.ticket = "", False, ""
        self.words, self.sign, self.step, self.acked = "", "face", 0, -1
