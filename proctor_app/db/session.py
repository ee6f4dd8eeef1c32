"""Engine and transactions, the same on SQLite, PostgreSQL and MySQL/MariaDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
    StatementError,
    TimeoutError,
)
from sqlmodel import Session

from proctor_app.errors import Invalid, Unavailable

_BUSY_TIMEOUT_MS = 10_000
_WRITE = "proctor_write"
_CONTENDED = (1020, 1213, "40001", "40P01")
"""Error numbers of MySQL and MariaDB, and SQL states: the row was changed since, or a deadlock."""
Transaction = Session
"""What ``read`` and ``write`` give, for those who only hand it on."""


class AlreadyThere(Exception):
    """A row with the same unique value exists."""


class DatabaseUnavailable(Unavailable):
    """The database does not answer, or can't write now (down, locked, disk full)."""

    code = "database_unavailable"
    detail = "The database does not answer. Try again in a moment."


class Contended(DatabaseUnavailable):
    """Another transaction was in this one's way, and the database gave this one up: nothing of it
    was written, and the same once more will do."""


class Database:
    """The one way to the data: ``read`` for looking, ``write`` for a transaction that commits."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        if self.is_sqlite:
            self.engine = create_engine(parsed, pool_size=10)
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)
        else:
            # MySQL and MariaDB would keep to what a transaction saw first, and MariaDB refuses
            # (error 1020) to lock a row that was changed since.
            self.engine = create_engine(
                parsed, pool_pre_ping=True, pool_size=10, isolation_level="READ COMMITTED"
            )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Raises DatabaseUnavailable; Invalid for a value the database can't even look for."""
        with _in_our_words(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Commit at the end of the block, or nothing at all if it raises.

        Raises AlreadyThere where a unique value is taken, DatabaseUnavailable (Contended where
        another transaction was in the way); Invalid for a value the database can't hold.
        """
        with (
            _in_our_words(),
            Session(self.engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            session.connection(execution_options={_WRITE: True})
            yield session

    def answers(self) -> bool:
        """Tell whether the database can be reached."""
        try:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        self.engine.dispose()


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        raise AlreadyThere from error
    except (OperationalError, InterfaceError, TimeoutError) as error:
        raise Contended if _is_contended(error) else DatabaseUnavailable from error
    except DataError as error:  # PostgreSQL: a NUL character, a number out of range
        raise _not_storable() from error
    except DatabaseError as error:
        if _is_contended(error):  # one of MySQL's drivers calls it an internal error
            raise Contended from error
        if type(error) is not DatabaseError:  # a mistake of ours, not of the database's
            raise
        raise DatabaseUnavailable from error  # SQLite: the file is damaged or no database
    except StatementError as error:  # a time at the edge of the calendar, put into UTC
        if isinstance(error.orig, OverflowError):
            raise _not_storable() from error
        raise


def _not_storable() -> Invalid:
    return Invalid("value_not_storable", "A value has characters or a size we can't use.")


def _is_contended(error: SQLAlchemyError) -> bool:
    if not isinstance(error, DBAPIError) or error.orig is None:
        return False
    told = (getattr(error.orig, "sqlstate", None), *error.orig.args[:1])
    return any(one in _CONTENDED for one in told)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by _begin_sqlite
    # SQLite itself knows upper and lower case of A to Z only.
    connection.create_function("casefold", 1, _casefold, deterministic=True)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _casefold(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: upgrading a reader's lock later fails instead of waiting.
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
