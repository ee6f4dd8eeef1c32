"""Where State classes, which Reflex makes itself, find the services of this process."""

from collections.abc import Callable
from dataclasses import dataclass

from proctor_app.services.container import Services


@dataclass(frozen=True, slots=True)
class Wiring:
    """is_connected: whether a browser tab (by its client token) still has its socket open."""

    services: Services
    frame_transport: str
    frame_rate_fps: float
    is_connected: Callable[[str], bool]


_installed: list[Wiring] = []


def install(wiring: Wiring) -> None:
    """Called once by the composition root, and by tests."""
    _installed[:] = [wiring]


def wired() -> Wiring:
    if not _installed:
        raise RuntimeError("the composition root has not installed the services")
    return _installed[0]


def services() -> Services:
    return wired().services
