"""How a database means to find what it is asked, read from its own plans: nothing big is read from
one end to the other.

    with asked(database) as statements:
        repository.function(...)
    assert full_scans(database, statements) == []

Every statement is explained as it was sent, with its values.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event

from proctor_app.db.session import Database

BIG = frozenset(
    {
        "attempts", "incidents", "incident_tallies", "reviews", "answers", "browser_events",
        "question_views", "messages", "signal_traces", "evidence", "attempt_events", "audit_log",
    }
)  # fmt: skip
"""Tables that grow with every attempt. users and exams do not, in one exam's time."""
_NUMBERED = re.compile(r"_\d+$")
_READS = ("SELECT", "WITH", "UPDATE", "DELETE", "(SELECT")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as the driver got it."""

    statement: str
    values: Any

    @property
    def is_cut(self) -> bool:
        """Whether the database may stop before the end: then a walk along an index is no scan."""
        return " LIMIT " in " ".join(self.statement.upper().split())


@contextmanager
def asked(database: Database) -> Iterator[list[Asked]]:
    """What is sent to the database meanwhile; insertions are left out."""
    found: list[Asked] = []

    def note(
        _connection: object,
        _cursor: object,
        statement: str,
        values: object,
        _context: object,
        is_many: bool,
    ) -> None:
        if statement.lstrip().upper().startswith(_READS):
            found.append(Asked(statement, values[0] if is_many else values))  # type: ignore[index]

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def full_scans(
    database: Database, statements: Sequence[Asked], *, as_is: bool = False
) -> list[str]:
    """What of these reads a big table, or an index of it, from one end to the other; each said
    with its plan. as_is: as the database would answer now, however few rows there are."""
    dialect = database.engine.dialect.name
    explain = _EXPLAIN[dialect]
    found = []
    with database.engine.connect() as connection:
        for one in statements:
            if dialect == "postgresql" and not as_is:
                # A table of a few thousand rows is read quicker in full than by an index, and the
                # planner knows it. What is asked is whether an index serves once it has grown.
                connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan, scanned = explain(connection, one)
            found += [f"{table} by\n{one.statement}\nbecause\n{plan}" for table in scanned]
    return found


def assert_indexed(database: Database, call: Callable[[], object], at_least: int = 1) -> None:
    """The call asks so many statements, and each finds its rows of big tables by an index."""
    with asked(database) as statements:
        call()
    assert len(statements) >= at_least, "nothing was asked"
    found = full_scans(database, statements)
    assert not found, "\n\n".join(["read in full:", *found])


def _sqlite(connection: Connection, one: Asked) -> tuple[str, list[str]]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.statement}", one.values).all()
    lines = [str(row[3]) for row in rows]
    return "\n".join(lines), [
        table
        for line in lines
        if (words := line.split()) and words[0] == "SCAN"
        if (table := _table(words[1], one)) in BIG
        if not (one.is_cut and " USING " in line)
    ]


def _postgresql(connection: Connection, one: Asked) -> tuple[str, list[str]]:
    answer = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {one.statement}", one.values)
    value = answer.scalar_one()
    plan = (json.loads(value) if isinstance(value, str) else value)[0]["Plan"]
    return json.dumps(plan, indent=1), list(_scanned(plan, one))


def _scanned(node: dict[str, Any], one: Asked) -> Iterator[str]:
    kind, table = str(node["Node Type"]), str(node.get("Relation Name", ""))
    if table in BIG and kind != "Bitmap Heap Scan":
        by_index = "Index" in kind and ("Index Cond" in node or one.is_cut)
        if not by_index:
            yield table
    for below in node.get("Plans", ()):
        yield from _scanned(below, one)


def _mysql(connection: Connection, one: Asked) -> tuple[str, list[str]]:
    rows = connection.exec_driver_sql(f"EXPLAIN {one.statement}", one.values).mappings().all()
    lines = [
        " ".join(f"{name} {row[name]}" for name in ("table", "type", "key", "rows", "Extra"))
        for row in rows
    ]
    return "\n".join(lines), [
        table
        for row in rows
        if row["type"] == "ALL" or (row["type"] == "index" and not one.is_cut)
        if (table := _table(str(row["table"]), one)) in BIG
    ]


def _table(called: str, one: Asked) -> str:
    """The table behind a name, or behind an alias as the statement gives it."""
    name = called.strip('`"')
    if name in BIG:
        return name
    named = rf"\b(\w+)[`\"]?\s+(?:AS\s+)?[`\"]?{re.escape(name)}\b"
    for found in re.finditer(named, one.statement, re.IGNORECASE):
        if found[1] in BIG:
            return found[1]
    return _NUMBERED.sub("", name)


_EXPLAIN = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
}
