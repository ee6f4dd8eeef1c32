"""The steps between notice and exam: the camera's picture, the calibrated pose, the face."""

import reflex as rx

from proctor_app.domain.access import Actor
from proctor_app.errors import ProctorError
from proctor_app.services.check_in import Calibrated, Looked
from proctor_app.state import sitting_words as words
from proctor_app.state.guard import signed_in
from proctor_app.state.shown import Chip
from proctor_app.state.sitting_words import MAX_TRIES, ShownCheck
from proctor_app.state.wiring import services

_SHOTS = 3


class CheckIn(rx.State, mixin=True):
    """step: check, calibration, identity or ready. is_busy: pictures are being taken for the step.
    progress: of the calibration, in percent. tries: how often the face was compared; is_identified:
    that is over, whatever came of it. is_checked: every step was gone through."""

    attempt_id: str = ""
    camera: str = "starting"
    step: str = "check"
    checks: list[ShownCheck] = []
    is_busy: bool = False
    progress: int = 0
    guide: str = ""
    is_calibrated: bool = False
    needs_identity: bool = False
    tries: int = 0
    outcome: Chip = Chip("none", "")
    is_identified: bool = False
    is_checked: bool = False
    _shots: list[bytes] = []

    @rx.var
    def is_looking(self) -> bool:
        """Whether this step wants the camera's pictures."""
        return self.step == "check" or self.is_busy

    @rx.event
    async def go_on(self) -> object:
        """Go to the next step; what was not done is left out."""
        actor = await signed_in(self)
        self.step = self._next_step()
        self._still()
        self.is_checked = self.step == "ready"
        return await self._find(actor) if self.is_checked else None

    @rx.event
    async def check_again(self) -> None:
        """Go back to the first step."""
        await signed_in(self)
        self.step, self.is_checked = "check", False
        self._still()

    @rx.event
    async def calibrate(self) -> None:
        """Begin to take pictures for the pose."""
        await signed_in(self)
        self._still()
        self.is_busy, self.is_calibrated = True, False

    @rx.event
    async def compare(self) -> None:
        """Begin to take pictures of the face; a few tries, then the candidate goes on."""
        await signed_in(self)
        if self.step == "identity" and not self.is_identified:
            self._still()
            self.is_busy, self.outcome = True, Chip("none", "")

    async def _find(self, actor: Actor) -> object:
        """Show where the attempt stands."""
        raise NotImplementedError

    def _next_step(self) -> str:
        if self.step == "check" and self.camera == "live":
            return "calibration"
        if self.step in ("check", "calibration") and self.needs_identity:
            return "identity"
        return "ready"

    def _begin_check(self) -> None:
        self.step, self.checks, self.is_checked = "check", [], False
        self.is_calibrated, self.is_identified, self.tries = False, False, 0
        self.outcome = Chip("none", "")
        self._still()

    def _still(self) -> None:
        self.is_busy, self.progress, self.guide, self._shots = False, 0, "", []

    def _show_camera(self, status: str) -> None:
        self.camera = status
        self.checks = words.checks(status, None)

    async def _check_frame(self, actor: Actor, attempt_id: str, picture: bytes) -> None:
        """Look at one picture for the present step, outside the state's lock."""
        check_in = services().check_in
        if self.step == "check":
            looked = await check_in.look(actor, attempt_id, picture)
            async with self:
                self._show_look(looked)
        elif self.step == "calibration" and self.is_busy:
            calibrated = await check_in.calibrate(actor, attempt_id, picture)
            async with self:
                self._show_calibrated(calibrated)
        elif self.step == "identity" and self.is_busy:
            await self._take_shot(actor, attempt_id, picture)

    def _show_look(self, looked: Looked) -> None:
        self.checks = words.checks(self.camera, looked)

    def _show_calibrated(self, found: Calibrated) -> None:
        self.progress, self.guide = round(found.progress * 100), found.sentence
        if found.done:
            self.is_busy, self.is_calibrated = False, True

    async def _take_shot(self, actor: Actor, attempt_id: str, picture: bytes) -> None:
        shots = [*self._shots, picture]
        async with self:
            self._shots = shots
        if len(shots) < _SHOTS:
            return
        try:
            found = await services().check_in.identify(actor, attempt_id, shots)
        except ProctorError:
            async with self:
                self._still()
            raise
        tries = self.tries + 1
        is_over = found in ("matched", "no_template") or tries >= MAX_TRIES
        if is_over:
            await services().sitting.confirm_identity(actor, attempt_id, found)
        async with self:
            self._still()
            self.tries, self.is_identified = tries, is_over
            self.outcome = Chip(*words.outcome(found, tries))
