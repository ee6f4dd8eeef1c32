"""Migrations: up, down to nothing and up again, and no difference to the tables at the end."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlmodel import SQLModel, select

from proctor_app.db.migrations import downgrade, upgrade
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import Attempt, Exam, ExamVersion, Incident, User
from proctor_app.domain.exam import ExamContent, Preset, RuleChange
from proctor_app.domain.incident import EventType
from proctor_app.domain.score import WEIGHTS
from proctor_app.services import scores
from proctor_app.services.exam_rules import weights
from proctor_app.services.versions import to_json
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


def test_given_incidents_from_before_the_desk_then_they_cost_what_their_exam_asks_for(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    upgrade(database.engine)
    strict = ExamContent("Strict", preset=Preset.STRICT)
    own = ExamContent("Own", rules={EventType.PHONE: RuleChange(points=8.0)})
    ids = [_seated(database, content) for content in (None, strict, own)]
    kept = _standings(database)
    downgrade(database.engine, "0003")

    upgrade(database.engine)

    assert [_standings(database)[one] for one in ids] == [80.0, 75.0, 92.0]
    assert _standings(database) == kept
    database.close()


def _seated(database: Database, content: ExamContent | None) -> str:
    """Somebody's attempt with a phone that was seen for five seconds; its id."""
    now, names = datetime(2026, 3, 2, 12, 0, tzinfo=UTC), [str(uuid.uuid4()) for _ in range(4)]
    user_id, exam_id, version_id, attempt_id = names
    with database.write() as session:
        session.add(
            User(id=user_id, email=f"{user_id}@example.test", name="Ana", password_hash="",
                 role="student", created_at=now)
        )  # fmt: skip
        if content is not None:
            session.add(
                Exam(id=exam_id, code=exam_id[:8], title="An exam", status="published",
                     created_at=now, updated_at=now)
            )  # fmt: skip
            session.flush()
            session.add(
                ExamVersion(id=version_id, exam_id=exam_id, number=1, content=to_json(content),
                            question_count=0, duration_minutes=60, saved_at=now)
            )  # fmt: skip
        session.flush()
        attempt = Attempt(
            id=attempt_id, user_id=user_id, status="submitted", created_at=now, duration_minutes=60,
            exam_id=exam_id if content else None, version_id=version_id if content else None,
        )  # fmt: skip
        session.add(attempt)
        session.flush()
        incident = Incident(
            attempt_id=attempt_id, event_type="phone", severity="alert", opened_at=now,
            closed_at=now + timedelta(seconds=5), confidence=1.0,
        )  # fmt: skip
        its = weights(content, content.preset) if content else WEIGHTS
        scores.price(incident, its)
        session.add(incident)
        scores.changed_all(session, attempt, its)
    return attempt_id


def _standings(database: Database) -> dict[str, float]:
    with database.read() as session:
        return {one.id: one.compliance for one in session.exec(select(Attempt))}
