"""The sign-up page: a face is looked at before there is an account, so by anybody's camera."""

import reflex as rx

from proctor_app.state.live_face import LiveFace


class SignUpState(LiveFace, rx.State):
    """Open to everybody by design; the service caps what anybody can ask of it."""

    @rx.event
    def load(self) -> None:
        """Forget what a page before showed."""
        self._clear_try()

    async def _may_try(self) -> None:
        """Whoever signs up has no session yet."""
