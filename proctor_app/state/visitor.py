"""Whose a browser tab's state is: what one log-in saw is never sent to the next one."""

import asyncio
import logging
from pathlib import Path

import reflex as rx
from reflex.event import Event
from reflex.state import BaseState, OnLoadInternalState, StateUpdate

from proctor_app import cookies
from proctor_app.errors import ProctorError
from proctor_app.state.account import AccountState
from proctor_app.state.face_login import FaceLoginState
from proctor_app.state.wiring import services

log = logging.getLogger(__name__)

_SNAPSHOTS = frozenset(
    f"{rx.State.get_full_name()}.{handler}" for handler in ("hydrate", "hydrate_and_load")
)
"""The events that Reflex answers with the whole state of a tab, before any handler is asked."""
_PAGE_LOADS = _SNAPSHOTS | {f"{OnLoadInternalState.get_full_name()}.on_load_internal"}


class VisitorState(rx.State):
    """_login: the id of the log-in that the tab's state was made for; empty: nobody's."""

    _login: str = ""


class TabOwner(rx.Middleware):
    """Empties a tab's state before it is sent to anybody but the log-in it was made for.

    The tab keeps its token in the browser's session storage, so its state outlives a log-out, and
    a log-in that expired or was ended elsewhere.
    """

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:  # noqa: ARG002
        root = state._get_root_state()
        if event.name in _PAGE_LOADS:
            (await root.get_state(AccountState))._hide_secret()
        if event.name in _SNAPSHOTS:
            await _hand_over(root)
        return None


async def _hand_over(root: BaseState) -> None:
    """Nobody's state is emptied every time: those without a log-in can't be told apart."""
    login = await _login_id(root)
    visitor = await root.get_state(VisitorState)
    if login and login == visitor._login:
        return
    services().face_live.forget((await root.get_state(FaceLoginState))._live)
    root.reset()  # type: ignore[no-untyped-call]
    visitor._login = login


async def _login_id(root: BaseState) -> str:
    """The log-in behind the tab's session cookie; empty if it is not good, or can't be asked."""
    token = cookies.read(root.router.headers.cookie)
    if not token:
        return ""
    try:
        actor = await asyncio.to_thread(services().logins.authenticate, token)
    except ProctorError:
        return ""
    return actor.session_id


def remove_saved_states(folder: Path) -> None:
    """Remove the states that earlier versions kept on disk, and the folder if nothing else is in
    it. One that can't be removed is logged."""
    if folder.is_symlink() or not folder.is_dir():
        return
    try:
        for path in folder.glob("*.pkl"):
            path.unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        log.warning("states.not_removed folder=%s reason=%s", folder, error.strerror)
