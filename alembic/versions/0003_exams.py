"""exams with their versions, rosters, answers, browser events, messages"""

import sqlalchemy as sa

from alembic import op
from proctor_app.db.tables import BIG_KEY, LONG_TEXT, UtcDateTime, exact

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_REFERENCES = {"exam_id": "exams", "version_id": "exam_versions"}
_INDEXES = {
    "ix_attempts_exam_id_status": ["exam_id", "status"],
    "ix_attempts_user_id_exam_id": ["user_id", "exam_id"],
    "ix_attempts_created_at_id": ["created_at", "id"],
}


def _added() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("number", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("seed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("ends_by", UtcDateTime(), nullable=True),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("paused_s", sa.Float(), nullable=False, server_default="0"),
        sa.Column("paused_by", sa.String(16), nullable=False, server_default=sa.text("''")),
        sa.Column("holder", sa.String(64), nullable=False, server_default=sa.text("''")),
        sa.Column("last_seen_at", UtcDateTime(), nullable=True),
        sa.Column("answered", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("neutral", sa.String(200), nullable=False, server_default=sa.text("''")),
        sa.Column("receipt", sa.String(32), nullable=False, server_default=sa.text("''")),
        sa.Column("points", sa.Float(), nullable=True),
        sa.Column("max_points", sa.Float(), nullable=True),
        sa.Column("marked_at", UtcDateTime(), nullable=True),
    )


def upgrade() -> None:
    op.create_table(
        "exams",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("code", sa.String(16), nullable=False, unique=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("status", sa.String(16), nullable=False, index=True),
        sa.Column("version_id", sa.String(36), nullable=True),
        sa.Column("opens_at", UtcDateTime(), nullable=True),
        sa.Column("closes_at", UtcDateTime(), nullable=True),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("access", sa.String(16), nullable=False),
        sa.Column("attempts_allowed", sa.Integer(), nullable=False),
        sa.Column("results", sa.String(16), nullable=False),
        sa.Column("results_at", UtcDateTime(), nullable=True),
        sa.Column("retention_days", sa.Integer(), nullable=True),
        sa.Column("is_practice", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_exams_created_at_id", "exams", ["created_at", "id"])
    op.create_index("ix_exams_title_id", "exams", ["title", "id"])
    op.create_table(
        "exam_versions",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("exam_id", sa.String(36), sa.ForeignKey("exams.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", LONG_TEXT, nullable=False),
        sa.Column("question_count", sa.Integer(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("saved_by", sa.String(36), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.UniqueConstraint("exam_id", "number"),
    )
    op.create_table(
        "exam_pictures",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("exam_id", sa.String(36), sa.ForeignKey("exams.id"), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("exam_id", "sha256"),
    )
    op.create_table(
        "exam_proctors",
        sa.Column("exam_id", sa.String(36), sa.ForeignKey("exams.id"), primary_key=True),
        sa.Column(
            "user_id", sa.String(36), sa.ForeignKey("users.id"), primary_key=True, index=True
        ),
    )
    op.create_table(
        "roster_entries",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("exam_id", sa.String(36), sa.ForeignKey("exams.id"), nullable=False),
        sa.Column("user_id", sa.String(36), sa.ForeignKey("users.id"), nullable=True, index=True),
        sa.Column("email", exact(254), nullable=False, index=True),
        sa.Column("extra_minutes", sa.Integer(), nullable=False),
        sa.Column("may_pause", sa.Boolean(), nullable=False),
        sa.Column("detectors_off", sa.String(600), nullable=False),
        sa.Column("preset", sa.String(16), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.UniqueConstraint("exam_id", "email"),
    )
    _extend_attempts()
    op.add_column("incidents", sa.Column("hidden_at", UtcDateTime(), nullable=True))
    op.create_table(
        "answers",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column("question_id", exact(36), nullable=False),
        sa.Column("value", LONG_TEXT, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("points", sa.Float(), nullable=True),
        sa.Column("comment", sa.String(1000), nullable=False),
        sa.Column("marked_by", sa.String(36), nullable=False),
        sa.Column("marked_at", UtcDateTime(), nullable=True),
        sa.UniqueConstraint("attempt_id", "question_id"),
    )
    op.create_table(
        "browser_events",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("text", sa.String(120), nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.String(600), nullable=False),
        sa.UniqueConstraint("attempt_id", "seq"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), nullable=False, index=True
        ),
        sa.Column("author_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
    )


def downgrade() -> None:
    for table in ("messages", "browser_events", "answers"):
        op.drop_table(table)
    op.drop_column("incidents", "hidden_at")
    if not _is_sqlite():
        for name, table in _REFERENCES.items():
            op.drop_constraint(f"fk_attempts_{name}_{table}", "attempts", type_="foreignkey")
    for name in _INDEXES:
        op.drop_index(name, "attempts")
    for name in (*_REFERENCES, *(column.name for column in _added())):
        op.drop_column("attempts", name)
    for table in ("roster_entries", "exam_proctors", "exam_pictures", "exam_versions", "exams"):
        op.drop_table(table)


def _extend_attempts() -> None:
    for name, table in _REFERENCES.items():
        key = f"fk_attempts_{name}_{table}"
        if _is_sqlite():  # which can add a reference with a column, but not to one that is there
            op.execute(
                f"ALTER TABLE attempts ADD COLUMN {name} VARCHAR(36) "
                f"CONSTRAINT {key} REFERENCES {table} (id)"
            )
            continue
        op.add_column("attempts", sa.Column(name, sa.String(36), nullable=True))
        op.create_foreign_key(key, "attempts", table, [name], ["id"])
    for column in _added():
        op.add_column("attempts", column)
    for name, columns in _INDEXES.items():
        op.create_index(name, "attempts", columns)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
