"""How strong the password is that somebody is typing."""

import asyncio

import reflex as rx

from proctor_app.errors import Throttled
from proctor_app.state.wiring import services


class PasswordMeterState(rx.State):
    """kind: the score from 0 to 4 as a word of the style sheet, "none" before anything is typed.
    What is typed is judged and let go: it is neither kept nor logged."""

    kind: str = "none"
    words: str = ""

    @rx.event
    async def rate(self, typed: str) -> None:
        """Judge a password; open to everybody, for whoever signs up has no session yet."""
        address = self.router.session.client_ip
        try:
            found = await asyncio.to_thread(services().passwords.strength, typed, address)
        except Throttled:
            return
        self.kind = "none" if found is None else str(found.score)
        self.words = "" if found is None else found.words
