"""The services of one process over a real database, and the people who use them."""

import asyncio
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, event, func
from sqlmodel import SQLModel, select

from proctor_app.composition import build_services
from proctor_app.db.session import Database
from proctor_app.domain.access import Actor, Role
from proctor_app.services.container import Services
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.logins import Origin
from proctor_app.services.moves import Moves
from proctor_app.services.recovery import Recovery
from proctor_app.services.versions import Versions
from proctor_app.settings import Settings, load
from tests.fakes import FakeClock, FakeEngine, FakeMailer

PASSWORD = "a long phrase to remember"
HOME = Origin("127.0.0.1")
_PATIENCE_S = 60.0
_FILLED = " UNION ALL ".join(
    f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})"  # noqa: S608 - names of our own tables
    for name in SQLModel.metadata.tables
)
_DO_NOT_WAIT = {
    "sqlite": "PRAGMA synchronous=OFF",
    "postgresql": "SET synchronous_commit TO off",
}
_Row = TypeVar("_Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Person:
    actor: Actor
    email: str
    token: str

    @property
    def id(self) -> str:
        return self.actor.user_id

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class World:
    settings: Settings
    services: Services
    engine: FakeEngine
    clock: FakeClock
    mailer: FakeMailer

    @property
    def database(self) -> Database:
        return self.services.database

    def person(self, role: Role = Role.STUDENT, name: str = "") -> Person:
        """Somebody with an account who has just logged in."""
        email = f"{uuid.uuid4().hex[:12]}@example.test"
        logins = self.services.logins
        self.services.accounts.create(email, PASSWORD, role, name or f"A {role.value}")
        found = logins.log_in(email, PASSWORD, HOME)
        return Person(logins.authenticate(found.token), email, found.token)

    def rows(self, table: type[_Row]) -> list[_Row]:
        """What the database holds, in the order of the primary key."""
        with self.database.read() as session:
            keys = list(SQLModel.metadata.tables[str(table.__tablename__)].primary_key)
            return list(session.exec(select(table).order_by(*keys)))

    def count(self, table: type[SQLModel]) -> int:
        with self.database.read() as session:
            return session.exec(select(func.count()).select_from(table)).one()


def recover(world: World) -> int:
    """What a server does at its start after a crash."""
    rules = ExamRules(world.database, Versions(world.database))
    moves = Moves(Versions(world.database), world.clock, b"")
    return Recovery(world.database, moves, rules).recover()


def build(data_dir: Path, database_url: str, **environ: str) -> World:
    """Everything as the composition root wires it, but for the ports."""
    settings = load({"DATA_DIR": str(data_dir), "DATABASE_URL": database_url, **environ})
    engine, clock, mailer = FakeEngine(), FakeClock(), FakeMailer()
    services = build_services(settings, engine, clock, mailer)
    hasten(services.database.engine)
    return World(settings, services, engine, clock, mailer)


_ELSEWHERE = """
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as database:
    database.execute(sys.argv[2], sys.argv[3:])
"""


def change_elsewhere(world: World, statement: str, *values: str) -> None:
    """Let another program change an SQLite database: nothing in this one hears of it."""
    path = world.settings.database_url.removeprefix("sqlite:///")
    command = [sys.executable, "-c", _ELSEWHERE, path, statement, *values]
    subprocess.run(command, check=True, timeout=30)


_compiled: dict[str, Engine] = {}


def hasten(engine: Engine) -> None:
    """Let every engine of one kind use the statements that the first one compiled, which its own
    cache would do in a process that has one engine and not thousands; and don't wait for disks."""
    first = _compiled.setdefault(engine.dialect.name, engine)
    engine.dialect = first.dialect
    engine._compiled_cache = first._compiled_cache
    if statement := _DO_NOT_WAIT.get(engine.dialect.name):
        event.listen(engine, "connect", lambda raw, _record: _execute(raw, statement))


def _execute(raw: Any, statement: str) -> None:
    cursor = raw.cursor()
    cursor.execute(statement)
    cursor.close()
    raw.commit()


def clear(database: Database) -> None:
    """Remove every row. Most tables have none, and one question finds those that have."""
    with database.engine.begin() as connection:
        filled = set(connection.exec_driver_sql(_FILLED).scalars())
        for table in reversed(SQLModel.metadata.sorted_tables):
            if table.name in filled:
                connection.execute(table.delete())


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it is so; fail where it never is."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "this never came true"
        await asyncio.sleep(0.005)


def eventually_in_thread(condition: Callable[[], bool]) -> None:
    """As ``eventually``, for tests that run beside the event loop."""
    deadline_s = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "this never came true"
        time.sleep(0.005)
