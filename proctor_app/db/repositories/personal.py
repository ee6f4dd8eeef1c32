"""Everything the tables hold about one person, found from the schema itself.

A row is somebody's own by its column ``user_id``, or by a foreign key to such a row. So a new table
is found without being named here, and a test asks that no personal column is out of reach.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Select, Table, select
from sqlmodel import Session, SQLModel

from proctor_app.db import tables

_OWNER = tables.User.__tablename__
_BATCH = 200

Row = dict[str, Any]
Link = tuple[Column[Any], Column[Any]]


def owned_tables() -> dict[str, tuple[Link, ...]]:
    """Every table whose rows are somebody's own, with its links from row to account."""
    found: dict[str, tuple[Link, ...]] = {_OWNER: ()}
    for table in SQLModel.metadata.sorted_tables:  # what is referred to stands before
        for column in table.columns:
            for key in column.foreign_keys:
                target = key.column.table.name
                own = column.name == "user_id" if target == _OWNER else target in found
                if own and table.name not in found and table.name != target:
                    found[table.name] = ((column, key.column), *found[target])
    return found


def personal_columns() -> list[Column[Any]]:
    """Every column that the schema marks as telling of a person."""
    return [
        column
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if column.info.get("personal")
    ]


class PersonalRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, table_name: str, user_id: str) -> Iterator[Row]:
        """The person's rows of one of ``owned_tables``, read a few hundred at a time."""
        table = SQLModel.metadata.tables[table_name]
        query = _joined(table, owned_tables()[table_name])
        owner = SQLModel.metadata.tables[_OWNER].c.id
        query = query.where(owner == user_id).order_by(*table.primary_key)
        for row in self._session.execute(query.execution_options(yield_per=_BATCH)):
            yield dict(row._mapping)


def _joined(table: Table, links: tuple[Link, ...]) -> Select[Any]:
    query = select(*table.columns).select_from(table)
    for here, there in links:
        query = query.join(there.table, here == there)
    return query
