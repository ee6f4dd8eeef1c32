"""What every table must say about itself."""

import pytest
from sqlalchemy import Column, LargeBinary, String, Text
from sqlalchemy.dialects import mysql
from sqlmodel import SQLModel

from proctor_app.db import partner_tables, tables


def _stored_as(column: Column[object], kind: type[object]) -> bool:
    """By what lies beneath: SQLModel wraps strings in a type of its own."""
    return isinstance(getattr(column.type, "impl_instance", column.type), kind)


COLUMNS = [column for table in SQLModel.metadata.sorted_tables for column in table.columns]
TEXTS = [column for column in COLUMNS if _stored_as(column, String)]
LONG = [column for column in TEXTS if _stored_as(column, Text)]
BLOBS = [column for column in COLUMNS if _stored_as(column, LargeBinary)]
# Ids are pseudonyms, and open_for repeats user_id.
ANNOTATED = [
    column
    for column in TEXTS + BLOBS
    if not (column.primary_key or column.foreign_keys or column.name == "open_for")
]
TIMES = [column for column in COLUMNS if column.name.split("_")[-1] == "at"]


def _names(columns: list[Column[object]]) -> list[str]:
    return [str(column) for column in columns]


def test_the_tables_are_the_ones_this_list_knows() -> None:
    assert {tables.User.__tablename__, partner_tables.ApiKey.__tablename__} < set(
        SQLModel.metadata.tables
    )
    assert {"users.email", "evidence.sha256"} <= set(_names(TEXTS))
    assert sorted(_names(BLOBS)) == [
        "lti_keys.private",
        "signal_traces.data",
        "users.face_template",
        "users.totp_secret",
        "webhooks.secret",
    ]
    assert {"attempt_events.at", "logins.expires_at"} <= set(_names(TIMES))


def test_the_long_texts_are_long_on_mysql_too() -> None:
    assert sorted(_names(LONG)) == [
        "answers.value",
        "exam_versions.content",
        "lti_choices.data",
        "webhook_deliveries.body",
    ]
    for column in LONG:
        assert isinstance(column.type.dialect_impl(mysql.dialect()), mysql.LONGTEXT)


SHORT = [column for column in TEXTS if column not in LONG]


@pytest.mark.parametrize("column", SHORT, ids=_names(SHORT))
def test_every_string_has_a_length_that_mysql_can_take(column: Column[object]) -> None:
    length = getattr(column.type, "length", None)

    assert isinstance(length, int), f"{column} has no length"
    assert 1 <= length <= 1000


@pytest.mark.parametrize("column", ANNOTATED, ids=_names(ANNOTATED))
def test_every_text_says_whether_it_tells_of_a_person(column: Column[object]) -> None:
    assert column.info.get("personal") in (True, False), f"{column} is not annotated"


def test_what_plainly_tells_of_a_person_is_personal() -> None:
    personal = {str(column) for column in COLUMNS if column.info.get("personal")}

    assert {
        "users.email",
        "users.name",
        "users.password_hash",
        "users.face_template",
        "users.face_photo_key",
        "users.totp_secret",
        "logins.address",
        "logins.agent",
        "evidence.key",
    } <= personal


@pytest.mark.parametrize("column", TIMES, ids=_names(TIMES))
def test_every_time_is_kept_in_utc(column: Column[object]) -> None:
    assert isinstance(column.type, tables.UtcDateTime)
