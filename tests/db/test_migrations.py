"""Migrations: up, down to nothing and up again, and no difference to the tables at the end."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel

from proctor_app.db.migrations import downgrade, upgrade
from proctor_app.db.session import Database, DatabaseUnavailable
from tests.databases import BACKENDS


def _tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names()) - {"alembic_version"}


def _shape(database: Database) -> dict[str, object]:
    """Columns, keys and indexes of every table, as the database tells them."""
    found = inspect(database.engine)
    return {
        table: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
            found.get_pk_constraint(table),
            found.get_foreign_keys(table),
            sorted(map(str, found.get_indexes(table))),
            sorted(map(str, found.get_unique_constraints(table))),
        )
        for table in _tables(database)
    }


def test_given_an_empty_database_when_migrated_up_down_and_up_then_it_is_the_same_again(
    empty: Database,
) -> None:
    upgrade(empty.engine)
    first = _shape(empty)
    assert set(first) == set(SQLModel.metadata.tables)

    downgrade(empty.engine, "base")
    assert _tables(empty) == set()

    upgrade(empty.engine)
    upgrade(empty.engine)  # nothing more to do
    assert _shape(empty) == first


def test_given_a_migrated_database_then_nothing_is_left_for_a_new_migration(
    empty: Database,
) -> None:
    upgrade(empty.engine)

    with empty.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, SQLModel.metadata)

    assert differences == []


@pytest.mark.parametrize("empty", BACKENDS[2:], indirect=True)
def test_given_the_other_mysql_driver_then_it_serves_as_well(empty: Database) -> None:
    url = empty.engine.url.set(drivername="mysql+mysqlconnector")
    database = Database(url.render_as_string(hide_password=False))

    upgrade(database.engine)

    assert _tables(database) == set(SQLModel.metadata.tables)
    assert database.answers()
    database.close()


def test_given_no_server_then_it_is_said_in_our_words() -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")

    with pytest.raises(DatabaseUnavailable):
        upgrade(nowhere.engine)
    nowhere.close()
