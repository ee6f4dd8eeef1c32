"""What every kind of test may ask for."""

import os
import shutil
import zlib
from pathlib import Path

import bcrypt
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from proctor_app.db.migrations import upgrade
from proctor_app.db.session import Database
from proctor_app.services import passwords
from tests.databases import answering

_EVERY_DATABASE = "PROCTOR_EVERY_DATABASE"
_BROWSER = "tests/e2e/"


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """With several workers a file stays together, with the fixtures that it shares; and browser
    tests run one after the other, because judging a camera's pictures takes a core and more. The
    groups that pytest-xdist itself knows have no effect with pytest 9.2."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.split("::")[0]
        return _BROWSER if path.startswith(_BROWSER) else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile:
    return _ByFile(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests come first, being the longest. Tests of services run on one kind of database
    each, in turn among those that answer here, to save time; but for those of races, plans and
    letters, which differ. All of them on every database by ``make test-databases``."""
    left_out = [] if os.environ.get(_EVERY_DATABASE) else [i for i in items if _is_left_out(i)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    items.sort(key=lambda item: not item.nodeid.startswith(_BROWSER))  # stable


def _is_left_out(item: pytest.Item) -> bool:
    if item.path.parent.name != "services" or item.get_closest_marker("every_database"):
        return False
    callspec = getattr(item, "callspec", None)
    backend = callspec.params.get("database_url") if callspec else None
    if backend is None:
        return False
    name = getattr(item, "originalname", item.name)
    return bool(backend != answering()[zlib.crc32(name.encode()) % len(answering())])


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """bcrypt at its lowest cost; its real one is a test of its own."""
    monkeypatch.setattr(passwords, "_ROUNDS", 4)
    nobodys = bcrypt.hashpw(b"nobody's password", bcrypt.gensalt(4)).decode()
    monkeypatch.setattr(passwords, "_NOBODYS_HASH", nobodys)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the present schema, to be copied."""
    path = tmp_path_factory.mktemp("schema") / "proctor.db"
    database = Database(f"sqlite:///{path}")
    upgrade(database.engine)
    database.close()
    return path


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """A database of the test's own with the present schema."""
    path = tmp_path / "proctor.db"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"
