"""The list of people at 100,000 accounts: time of a page, and whether an index sorts it.

    python -m bench.people [--people 100000] [--database sqlite postgresql mariadb]

Each figure is the median of several calls of the service, cursors, totals and last log-ins
included. The plans are the database's own words for the list's queries.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert, text
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlmodel import Session, SQLModel
from sqlmodel.sql.expression import SelectOfScalar

from proctor_app.db.migrations import upgrade
from proctor_app.db.repositories.people import PeopleFilter, PeopleRows, Place, place_of
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import Login, User
from proctor_app.domain.access import Actor, Role
from proctor_app.services.people import People, PeopleQuery
from tests.databases import empty_database
from tests.world import World, build

_BATCH = 5000
_PAGE = 100
_REPEATS = 7
_START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
_FIRST = ("Ada", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Grace", "Hana", "Ivan", "Jun", "Kofi")
_LAST = ("Adler", "Brown", "Chen", "Diaz", "Evans", "Fischer", "Garcia", "Hill", "Ito", "Jones")
_ADMIN = Actor("admin", "Admin", Role.ADMIN, "")


def _people(count: int) -> Iterator[dict[str, object]]:
    random = np.random.default_rng(7)
    for number in range(count):
        first, last = random.choice(_FIRST), random.choice(_LAST)
        role = "admin" if number < 5 else "proctor" if number < count // 50 else "student"
        yield {
            "id": f"{random.integers(2**62):016x}-{number:06}",
            "email": f"{first}.{last}.{number}@school.test".lower(),
            "name": f"{first} {last} {number % 997}",
            "password_hash": "",
            "role": role,
            "created_at": _START + timedelta(seconds=int(random.integers(300 * 86_400))),
            "disabled_at": _START if number % 40 == 0 else None,
            "face_model": "",
            "face_photo_key": "",
        }


def fill(database: Database, count: int) -> None:
    """Accounts with one log-in each, straight into the tables."""
    rows: list[dict[str, object]] = []
    for row in _people(count):
        rows.append(row)
        if len(rows) == _BATCH:
            _insert(database, rows)
            rows = []
    if rows:
        _insert(database, rows)
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            connection.execute(text("ANALYZE"))
            connection.commit()


def _insert(database: Database, rows: list[dict[str, object]]) -> None:
    logins = [
        {
            "id": f"l{row['id']}"[:36],
            "user_id": row["id"],
            "created_at": row["created_at"],
            "last_used_at": row["created_at"],
            "expires_at": row["created_at"],
        }
        for row in rows
    ]
    with database.write() as session:
        session.connection().execute(
            insert(SQLModel.metadata.tables[str(User.__tablename__)]), rows
        )
        session.connection().execute(
            insert(SQLModel.metadata.tables[str(Login.__tablename__)]), logins
        )


def median_ms(call: Callable[[], object], repeats: int = _REPEATS) -> float:
    taken: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def _deep(people: People, sort: str, count: int) -> tuple[str, int]:
    """The cursor of the last full page, reached page by page, and that page's number."""
    cursor, number = "", 1
    while True:
        found = people.page(_ADMIN, PeopleQuery(sort=sort, limit=_PAGE, cursor=cursor)).next
        if not found or number >= count // _PAGE:
            return cursor, number
        cursor, number = found, number + 1


def measure(world: World, count: int) -> list[tuple[str, float]]:
    """What was asked for, and its time in ms."""
    people = world.services.people
    found: list[tuple[str, float]] = []

    def add(name: str, **query: object) -> None:
        wanted = PeopleQuery(limit=_PAGE, **query)  # type: ignore[arg-type]
        found.append((name, median_ms(lambda: people.page(_ADMIN, wanted))))

    for sort in ("name", "-name", "email", "created", "role"):
        add(f"first page by {sort}", sort=sort)
    add("search that matches one in 11", search="grace")
    add("search that matches one", search=f".{count // 2}@school")
    add("search that matches nobody", search="zzzz")
    add("search in other letters", search="özil")
    add("students alone", role="student")
    add("admins alone", role="admin")
    add("disabled alone", state="disabled")
    for sort in ("name", "created", "role"):
        cursor, number = _deep(people, sort, count)
        add(f"page {number:,} by {sort}", sort=sort, cursor=cursor)
    found.append(("counts by role", median_ms(lambda: people.counts(_ADMIN))))
    return found


def plans(world: World, count: int) -> list[tuple[str, str]]:
    """How the database finds the first page and one in the middle, in every sorting."""
    found: list[tuple[str, str]] = []
    with world.database.read() as session:
        rows = PeopleRows(session)
        middle = Users(session).by_email(_email_in_the_middle(world, count))
        assert middle is not None
        for sort in ("name", "email", "created"):
            for where, start in (("first", None), ("middle", place_of(middle, sort))):
                found.append((f"{where} page by {sort}", _plan(rows, sort, start)))
    return found


def _email_in_the_middle(world: World, count: int) -> str:
    query = PeopleQuery(search=f".{count // 2}@school")
    return world.services.people.page(_ADMIN, query).items[0].email


def _plan(rows: PeopleRows, sort: str, start: Place | None) -> str:
    query = rows.query(PeopleFilter(_START), sort, down=False, start=start).limit(_PAGE)
    return explained(rows._session, query)


def explained(session: Session, query: SelectOfScalar[Any]) -> str:
    """How the database would find what is asked, in its own words."""
    dialects = {"sqlite": sqlite, "postgresql": postgresql, "mysql": mysql, "mariadb": mysql}
    name = session.get_bind().dialect.name
    words = query.compile(
        dialect=dialects[name].dialect(), compile_kwargs={"literal_binds": True}
    ).string.replace("%%", "%")
    explain = "EXPLAIN QUERY PLAN " if name == "sqlite" else "EXPLAIN "
    answer = session.connection().exec_driver_sql(explain + words)
    return "; ".join(_line(name, tuple(row)) for row in answer)


def _line(dialect: str, row: tuple[object, ...]) -> str:
    if dialect == "sqlite":
        return str(row[3])
    if dialect == "postgresql":
        return str(row[0]).split("(cost")[0].strip()
    return f"type {row[3]}, key {row[5]}, rows {row[8]}, {row[9]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.people")
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql", "mariadb"])
    options = parser.parse_args()
    for backend in options.database:
        with tempfile.TemporaryDirectory() as folder, empty_database(backend, Path(folder)) as url:
            world = build(Path(folder), url)
            upgrade(world.database.engine)
            fill(world.database, options.people)
            print(f"\n{backend}, {options.people:,} people, pages of {_PAGE}")
            for name, taken_ms in measure(world, options.people):
                print(f"  {name:<34}{taken_ms:9.1f} ms")
            for name, plan in plans(world, options.people):
                print(f"  plan of the {name}: {plan}")
            world.database.close()


if __name__ == "__main__":
    main()
