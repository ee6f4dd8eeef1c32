"""Browser tabs: States as Reflex makes them, and their handlers as it calls them."""

import inspect
from typing import Any, TypeVar

import reflex as rx
from reflex.istate.data import RouterData

from proctor_app import cookies

Tab = TypeVar("Tab", bound=rx.State)
TOKEN = "a-browser-tab"


class Browser:
    """A tab: its cookie, and whether its socket is open."""

    def __init__(self) -> None:
        self.is_open = True

    def is_connected(self, token: str) -> bool:
        return self.is_open and token == TOKEN


def open_page(state_class: type[Tab], token: str = "", path: str = "") -> Tab:
    """A fresh state, with the session cookie of whoever looks at the page, and its address."""
    state = state_class(_reflex_internal_init=True)  # type: ignore[call-arg]
    headers = {"cookie": f"{cookies.NAME}={token}"} if token else {}
    state.router = RouterData.from_router_data({"headers": headers, "token": TOKEN, "asPath": path})
    return state


async def call(state: rx.State, handler: str, *arguments: Any) -> Any:
    """Run a handler to its end; what a generator yields comes back as a list."""
    found = type(state).event_handlers[handler].fn(state, *arguments)
    if inspect.isasyncgen(found):
        return [item async for item in found]
    return await found if inspect.isawaitable(found) else found
