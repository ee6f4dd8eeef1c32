"""The one way to the data: whole transactions, errors in our words, times to the microsecond."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from proctor_app.db.migrations import upgrade
from proctor_app.db.repositories.logins import LoginRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import AlreadyThere, Contended, Database, DatabaseUnavailable
from proctor_app.db.tables import Login, User
from proctor_app.errors import Invalid
from tests.databases import BACKENDS

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, UTC)


@pytest.fixture
def database(empty: Database) -> Database:
    upgrade(empty.engine)
    return empty


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'one.db'}")
    upgrade(database.engine)
    yield database
    database.close()


def _user(email: str = "ana@example.test", created_at: datetime = NOON) -> User:
    return User(
        id=str(uuid.uuid4()),
        email=email,
        name="Ana",
        password_hash="",
        role="student",
        created_at=created_at,
    )


def _emails(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(session.exec(select(User.email)))


def test_given_a_block_that_ends_then_all_of_it_is_written(database: Database) -> None:
    with database.write() as session:
        Users(session).add(_user("a@example.test"))
        Users(session).add(_user("b@example.test"))

    assert _emails(database) == ["a@example.test", "b@example.test"]


def test_given_a_block_that_raises_then_nothing_of_it_is_written(database: Database) -> None:
    def half_way(session: Session) -> None:
        Users(session).add(_user())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.write() as session:
        half_way(session)

    assert _emails(database) == []


def test_given_a_unique_value_is_taken_then_it_is_already_there(database: Database) -> None:
    with database.write() as session:
        Users(session).add(_user())

    with pytest.raises(AlreadyThere), database.write() as session:
        Users(session).add(_user())

    assert _emails(database) == ["ana@example.test"]


def test_given_a_row_that_belongs_to_nobody_then_it_is_refused(database: Database) -> None:
    login = Login(id="1", user_id="nobody", created_at=NOON, last_used_at=NOON, expires_at=NOON)

    with pytest.raises(AlreadyThere), database.write() as session:
        Users(session).add_login(login)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(NOON, id="UTC"),
        pytest.param(NOON.astimezone(timezone(timedelta(hours=5, minutes=30))), id="elsewhere"),
    ],
)
def test_given_a_time_then_it_comes_back_aware_in_utc_to_the_microsecond(
    database: Database, moment: datetime
) -> None:
    with database.write() as session:
        Users(session).add(_user(created_at=moment))

    with database.read() as session:
        found = session.exec(select(User.created_at)).one()

    assert (found, found.tzinfo) == (NOON, UTC)


def test_given_a_time_without_its_zone_then_it_is_refused(sqlite: Database) -> None:
    with pytest.raises(Exception, match="without its zone"), sqlite.write() as session:
        Users(session).add(_user(created_at=NOON.replace(tzinfo=None)))


@pytest.mark.parametrize("empty", BACKENDS[1:2], indirect=True)
def test_given_a_value_the_database_cannot_hold_then_it_is_invalid_not_a_failure(
    database: Database,
) -> None:
    with pytest.raises(Invalid) as refused, database.read() as session:
        Users(session).by_email("a\x00b@example.test")
    assert refused.value.code == "value_not_storable"


def test_given_a_face_template_then_its_bytes_come_back_unchanged(database: Database) -> None:
    user = _user()
    user.face_template = bytes(range(256)) * 20
    with database.write() as session:
        Users(session).add(user)

    with database.read() as session:
        assert session.exec(select(User.face_template)).one() == bytes(range(256)) * 20


def test_given_a_name_in_any_script_then_it_comes_back_unchanged(database: Database) -> None:
    user = _user()
    user.name = "Zoë Ωmega 学生 🎓"
    with database.write() as session:
        Users(session).add(user)

    with database.read() as session:
        assert session.exec(select(User.name)).one() == "Zoë Ωmega 学生 🎓"


def test_given_a_log_in_was_revoked_since_it_was_read_then_a_touch_leaves_it_revoked(
    database: Database,
) -> None:
    user = _user()
    login = Login(id="1", user_id=user.id, created_at=NOON, last_used_at=NOON, expires_at=NOON)
    with database.write() as session:
        Users(session).add(user)
        Users(session).add_login(login)
    with database.read() as session:
        assert Users(session).login("1") is not None  # read while it was good ...
    with database.write() as session:
        assert LoginRows(session).revoke_all(user.id, NOON) == 1

    with database.write() as session:  # ... and touched after it was revoked
        Users(session).touch_login("1", NOON + timedelta(minutes=5))

    with database.read() as session:
        found = session.get_one(Login, "1")
        assert (found.revoked_at, found.last_used_at) == (NOON, NOON + timedelta(minutes=5))


def test_given_a_server_that_is_not_there_then_reading_and_writing_say_so() -> None:
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")

    assert nowhere.answers() is False
    with pytest.raises(DatabaseUnavailable), nowhere.read() as session:
        session.exec(select(User.email)).all()
    with pytest.raises(DatabaseUnavailable), nowhere.write():
        raise AssertionError("never reached")
    nowhere.close()


def test_given_a_database_that_is_there_then_it_answers(database: Database) -> None:
    assert database.answers() is True


def test_given_sqlite_then_it_is_durable_checks_references_and_waits_for_its_lock(
    sqlite: Database,
) -> None:
    with sqlite.read() as session:
        pragmas = {
            name: session.connection().execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


def test_given_two_sqlite_writers_at_once_then_the_second_waits_for_the_first(
    sqlite: Database,
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow_writer() -> None:
        with sqlite.write() as session:
            inside.set()
            go_on.wait(5)
            Users(session).add(_user("first@example.test"))

    def second_writer() -> None:
        with sqlite.write() as session:
            emails = session.exec(select(User.email)).all()
            Users(session).add(_user(f"after-{len(emails)}@example.test"))

    first, second = threading.Thread(target=slow_writer), threading.Thread(target=second_writer)
    first.start()
    assert inside.wait(5)
    second.start()
    go_on.set()
    first.join(5)
    second.join(5)

    assert _emails(sqlite) == ["after-1@example.test", "first@example.test"]


@pytest.mark.parametrize("empty", BACKENDS[1:], indirect=True)
def test_given_a_row_was_changed_since_it_was_read_then_it_is_locked_and_seen_as_it_is_now(
    database: Database,
) -> None:
    user = _user()
    with database.write() as session:
        Users(session).add(user)

    with database.write() as session:
        assert Users(session).by_id(user.id) is not None
        with database.write() as another:
            another.get_one(User, user.id).name = "Ben"
        locked = Users(session).locked(user.id)
        assert locked is not None
        assert locked.name == session.exec(select(User.name)).one() == "Ben"


def _cross(database: Database) -> list[BaseException | None]:
    """Two transactions that lock the same two rows, each the other one's first; what they met."""
    users = [_user("a@example.test"), _user("b@example.test")]
    with database.write() as session:
        for user in users:
            session.add(user)
    ids, together = [user.id for user in users], threading.Barrier(2)
    met: list[BaseException | None] = [None, None]

    def lock(number: int) -> None:
        try:
            with database.write() as session:
                Users(session).locked(ids[number])
                together.wait(5)
                Users(session).locked(ids[1 - number])
        except Exception as error:  # noqa: BLE001 - told to the test
            met[number] = error

    threads = [threading.Thread(target=lock, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return met


@pytest.mark.parametrize("empty", BACKENDS[1:], indirect=True)
def test_given_a_deadlock_then_the_one_that_is_given_up_says_that_it_can_be_done_again(
    database: Database,
) -> None:
    met = _cross(database)

    assert [type(error) for error in met if error] == [Contended]


@pytest.mark.parametrize("empty", BACKENDS[2:], indirect=True)
def test_given_a_deadlock_with_the_other_mysql_driver_then_it_says_so_too(
    database: Database,
) -> None:
    url = database.engine.url.set(drivername="mysql+mysqlconnector")
    other = Database(url.render_as_string(hide_password=False))

    met = _cross(other)
    other.close()

    assert [type(error) for error in met if error] == [Contended]


@pytest.mark.parametrize("asked", ["ANA@example.test", "aná@example.test", "ana@example.test "])
def test_given_an_id_or_email_in_other_letters_then_it_is_nobodys(
    database: Database, asked: str
) -> None:
    user = _user()
    user.id = "abcdef00-0000-4000-8000-000000000000"
    with database.write() as session:
        Users(session).add(user)

    with database.write() as session:
        users = Users(session)
        assert users.by_email(asked) is None
        assert users.by_id(user.id.upper()) is None
        assert users.locked(user.id.upper()) is None
        found = [users.by_email(user.email), users.by_id(user.id), users.locked(user.id)]
        assert [one.id for one in found if one] == [user.id] * 3


@pytest.mark.parametrize(
    "at",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))),
    ],
)
def test_given_a_time_at_the_edge_of_the_calendar_then_it_is_invalid(
    sqlite: Database, at: datetime
) -> None:
    with pytest.raises(Invalid) as refused, sqlite.read() as session:
        session.exec(select(User.id).where(User.created_at >= at)).all()

    assert refused.value.code == "value_not_storable"
