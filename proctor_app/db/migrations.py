"""Alembic, called from code: the schema is brought up to date at every start."""

from pathlib import Path

from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from alembic import command
from proctor_app.db.session import DatabaseUnavailable

_FOLDER = Path(__file__).resolve().parent.parent.parent / "alembic"


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to a revision, forwards; does nothing where it already is.

    Raises DatabaseUnavailable.
    """
    try:
        with engine.connect() as connection:
            command.upgrade(_config(connection), revision)
            connection.commit()
    except (OperationalError, InterfaceError) as error:
        raise DatabaseUnavailable from error


def downgrade(engine: Engine, revision: str) -> None:
    """Bring the schema back to an earlier revision ("base": empty)."""
    with engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
