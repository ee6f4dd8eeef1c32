"""second factor, face log-in, password resets, audit log, erasure"""

import sqlalchemy as sa

from alembic import op
from proctor_app.db.tables import BLOB, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_users_name_id": ["name", "id"],
    "ix_users_role": ["role"],
    "ix_users_created_at_id": ["created_at", "id"],
}


def _added() -> dict[str, tuple[sa.Column[object], ...]]:
    return {
        "users": (
            sa.Column("face_failures", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("face_locked_until", UtcDateTime(), nullable=True),
            sa.Column("totp_secret", BLOB, nullable=True),
            sa.Column("totp_enabled_at", UtcDateTime(), nullable=True),
            sa.Column("totp_last_step", sa.Integer(), nullable=True),
            sa.Column("erasure_requested_at", UtcDateTime(), nullable=True),
            sa.Column("erased_at", UtcDateTime(), nullable=True),
        ),
        "logins": (
            sa.Column("method", sa.String(16), nullable=False, server_default="password"),
            sa.Column("address", sa.String(45), nullable=False, server_default=sa.text("''")),
            sa.Column("agent", sa.String(200), nullable=False, server_default=sa.text("''")),
        ),
    }


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    for name, columns in _INDEXES.items():
        op.create_index(name, "users", columns)
    op.create_table(
        "password_resets",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
    )
    op.create_table(
        "face_challenges",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id"), nullable=True, index=True),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False, index=True),
        sa.Column("used_at", UtcDateTime(), nullable=True),
    )
    op.create_table(
        "audit_log",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.String(36), nullable=False, index=True),
        sa.Column("actor_role", sa.String(16), nullable=False),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("subject_type", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(36), nullable=False, index=True),
        sa.Column("detail", sa.String(1000), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    for table in ("audit_head", "audit_log", "face_challenges", "password_resets"):
        op.drop_table(table)
    for name in _INDEXES:
        op.drop_index(name, "users")
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)
