"""Where the three kinds of database come from: a file, or a fresh one on a server that answers."""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from proctor_app import settings as configuration

BACKENDS = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.database),
    pytest.param("mariadb", marks=pytest.mark.database),
]
_SERVERS = {
    "postgresql": ("TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/postgres"),
    "mariadb": ("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/mysql"),
}
_CONNECT_TIMEOUT_S = 3


@contextmanager
def empty_database(backend: str, folder: Path) -> Iterator[str]:
    """The address of a database without tables; it is gone afterwards. Skips where none answers."""
    if backend == "sqlite":
        yield f"sqlite:///{folder / 'proctor.db'}"
        return
    server = _server(backend)
    name = f"proctor_test_{uuid.uuid4().hex[:12]}"
    patience = {"connect_timeout": _CONNECT_TIMEOUT_S}
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args=patience)
    try:
        _run(engine, f"CREATE DATABASE {name}")
    except OperationalError:
        engine.dispose()
        pytest.skip(f"no {backend} answers at {server!r}; {_SERVERS[backend][0]} names another")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        force = " WITH (FORCE)" if backend == "postgresql" else ""  # whatever a failed test holds
        _run(engine, f"DROP DATABASE {name}{force}")
        engine.dispose()


@cache
def answering() -> tuple[str, ...]:
    """The kinds of database there are here."""
    return ("sqlite", *(backend for backend in _SERVERS if _listens(backend)))


def _listens(backend: str) -> bool:
    url = _server(backend)
    try:
        with socket.create_connection((url.host or "localhost", url.port), _CONNECT_TIMEOUT_S):
            return True
    except OSError:
        return False


def _server(backend: str) -> URL:
    variable, default = _SERVERS[backend]
    given = configuration.load({"DATABASE_URL": os.environ.get(variable, default)})
    return make_url(configuration.database_url(given))


def _run(engine: Engine, statement: str) -> None:
    with engine.connect() as connection:
        connection.execute(text(statement))
