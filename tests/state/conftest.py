"""State classes over real services."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_app.state import wiring
from tests.state.tabs import Browser
from tests.world import World, build


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
