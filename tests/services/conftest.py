"""The services of one process over a real database: the same tests on every kind of it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from proctor_app.db.migrations import upgrade
from proctor_app.db.session import Database
from proctor_app.services import monitoring
from tests.databases import BACKENDS, empty_database
from tests.world import World, build, clear

TICK_S = 0.01


@pytest.fixture(scope="session", params=BACKENDS)
def database_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with empty_database(request.param, tmp_path_factory.mktemp("database")) as url:
        database = Database(url)
        upgrade(database.engine)
        database.close()
        yield url


@pytest.fixture
def settings() -> dict[str, str]:
    """What the installation sets besides; for modules to say otherwise."""
    return {}


@pytest.fixture
def world(
    database_url: str,
    tmp_path: Path,
    settings: dict[str, str],
    cheap_passwords: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """An installation without accounts; nothing is monitored yet."""
    monkeypatch.setattr(monitoring, "TICK_S", TICK_S)
    found = build(tmp_path, database_url, **settings)
    clear(found.database)
    yield found
    found.database.close()


@pytest.fixture
async def monitored(world: World) -> AsyncIterator[World]:
    """The same with monitoring running, its ticks coming fast; time moves by the test alone."""
    await world.services.monitoring.start()
    yield world
    await world.services.monitoring.close()
