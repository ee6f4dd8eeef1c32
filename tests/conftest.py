"""What every kind of test may ask for."""

import os
import shutil
import zlib
from pathlib import Path

import bcrypt
import pytest

from proctor_app.db.migrations import upgrade
from proctor_app.db.session import Database
from proctor_app.services import passwords

_IN_TURN = ("postgresql", "mariadb")
_EVERY_DATABASE = "PROCTOR_EVERY_DATABASE"
_WITHOUT_CAMERA = {
    "test_authoring.py", "test_axe.py", "test_newman.py", "test_review.py", "test_same_tab.py",
    "test_sitting.py", "test_wall.py",
}  # fmt: skip
"""test_sitting.py has one, in a single test of nine."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers: a file stays together, with the fixtures that it shares. Browser tests
    with a camera run one after the other, because judging its pictures takes a core and more; those
    of pages alone run one after the other beside them. Tests of services run on SQLite and on one
    of the servers in turn, to save time; all of them on every database by
    ``make test-databases``."""
    left_out = [] if os.environ.get(_EVERY_DATABASE) else [i for i in items if _is_left_out(i)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item.path)))


def _group(path: Path) -> str:
    if path.parent.name != "e2e":
        return f"{path.parent.name}/{path.name}"
    return "e2e without a camera" if path.name in _WITHOUT_CAMERA else "e2e"


def _is_left_out(item: pytest.Item) -> bool:
    if item.path.parent.name != "services" or item.get_closest_marker("every_database"):
        return False
    callspec = getattr(item, "callspec", None)
    backend = callspec.params.get("database_url") if callspec else None
    if backend not in _IN_TURN:
        return False
    name = getattr(item, "originalname", item.name)
    return bool(backend != _IN_TURN[zlib.crc32(name.encode()) % len(_IN_TURN)])


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
