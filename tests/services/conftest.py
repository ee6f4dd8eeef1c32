"""The services of one process over a real database: the same tests on every kind of it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from proctor_app.db.migrations import upgrade
from proctor_app.db.session import Database
from proctor_app.services import monitoring
from tests.databases import BACKENDS, empty_database
from tests.world import World, build, clear

TICK_S = 0.01


@pytest.fixture(scope="session")
def database_urls(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], str]]:
    """The address of this kind's database, made and migrated the first time it is asked for."""
    with ExitStack() as opened:

        @cache
        def of(backend: str) -> str:
            folder = tmp_path_factory.mktemp("database")
            url = opened.enter_context(empty_database(backend, folder))
            database = Database(url)
            upgrade(database.engine)
            database.close()
            return url

        yield of


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, database_urls: Callable[[str], str]) -> str:
    """One database of each kind for all tests, which find it empty by ``world``."""
    return database_urls(request.param)


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
