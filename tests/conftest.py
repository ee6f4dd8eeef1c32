"""What every kind of test may ask for."""

import shutil
from pathlib import Path

import bcrypt
import pytest

from proctor_app.db.migrations import upgrade
from proctor_app.db.session import Database
from proctor_app.services import passwords


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers: a file stays together, with the fixtures that it shares, and browser
    tests run one after the other."""
    for item in items:
        folder = item.path.parent.name
        group = folder if folder == "e2e" else f"{folder}/{item.path.name}"
        item.add_marker(pytest.mark.xdist_group(group))


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
