"""Runs migrations on the connection handed in by proctor_app.db.migrations."""

from sqlmodel import SQLModel

from alembic import context
from proctor_app.db import partner_tables, tables

# Importing the tables fills the metadata.
assert tables.User.__table__ is not None
assert partner_tables.ApiKey.__table__ is not None

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
