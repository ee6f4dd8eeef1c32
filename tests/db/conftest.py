"""A database without tables, of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_app.db.session import Database
from tests.databases import BACKENDS, empty_database


@pytest.fixture(params=BACKENDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    with empty_database(request.param, tmp_path) as url:
        database = Database(url)
        yield database
        database.close()
