"""State classes over real services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_app.services import wall as wall_service
from proctor_app.state import sitting_side, wall, wiring
from tests.state.tabs import Browser
from tests.world import World, build


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are pushed as often as can be."""
    monkeypatch.setattr(sitting_side, "_PUSH_S", 0.01)
    monkeypatch.setattr(wall, "_PAUSE_S", 0.005)
    monkeypatch.setattr(wall, "_IDLE_S", 0.01)
    monkeypatch.setattr(wall_service, "EVERY_S", 0.005)


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def world(
    sqlite_url: str, tmp_path: Path, cheap_passwords: None, browser: Browser
) -> Iterator[World]:
    found = build(tmp_path, sqlite_url)
    wiring.install(wiring.Wiring(found.services, "event", 2.0, browser.is_connected))
    yield found
    found.database.close()
