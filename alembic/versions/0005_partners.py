"""keys of machines, webhooks with their outbox, learning platforms, Safe Exam Browser"""

import sqlalchemy as sa

from alembic import op
from proctor_app.db.tables import BIG_KEY, BLOB, LONG_TEXT, UtcDateTime, exact

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lti_keys",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("private", BLOB, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "lti_platforms",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("issuer", exact(255), nullable=False),
        sa.Column("client_id", exact(255), nullable=False),
        sa.Column("deployments", sa.String(1000), nullable=False),
        sa.Column("auth_url", sa.String(1000), nullable=False),
        sa.Column("token_url", sa.String(1000), nullable=False),
        sa.Column("token_audience", sa.String(1000), nullable=False),
        sa.Column("keys_url", sa.String(1000), nullable=False),
        sa.Column("adopts_accounts", sa.Boolean(), nullable=False),
        sa.Column("makes_proctors", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issuer", "client_id"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("owner_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("digest", exact(64), nullable=False),
        sa.Column("scopes", sa.String(400), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_api_keys_owner_id", "api_keys", ["owner_id"])
    op.create_table(
        "lti_choices",
        sa.Column("digest", exact(64), nullable=False),
        sa.Column("platform_id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("deployment", exact(255), nullable=False),
        sa.Column("return_url", sa.String(1000), nullable=False),
        sa.Column("data", LONG_TEXT, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_lti_choices_expires_at", "lti_choices", ["expires_at"])
    op.create_index("ix_lti_choices_user_id", "lti_choices", ["user_id"])
    op.create_table(
        "lti_links",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("platform_id", sa.String(36), nullable=False),
        sa.Column("deployment", exact(255), nullable=False),
        sa.Column("resource_link", exact(255), nullable=False),
        sa.Column("exam_id", sa.String(36), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("line_item", sa.String(1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"]),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("platform_id", "deployment", "resource_link"),
    )
    op.create_index("ix_lti_links_exam_id", "lti_links", ["exam_id"])
    op.create_table(
        "lti_logins",
        sa.Column("digest", exact(64), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("cookie", sa.String(64), nullable=False),
        sa.Column("platform_id", sa.String(36), nullable=False),
        sa.Column("target", sa.String(1000), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_lti_logins_expires_at", "lti_logins", ["expires_at"])
    op.create_table(
        "lti_offers",
        sa.Column("platform_id", sa.String(36), nullable=False),
        sa.Column("exam_id", sa.String(36), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"]),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"]),
        sa.PrimaryKeyConstraint("platform_id", "exam_id"),
    )
    op.create_index("ix_lti_offers_exam_id", "lti_offers", ["exam_id"])
    op.create_table(
        "lti_users",
        sa.Column("platform_id", sa.String(36), nullable=False),
        sa.Column("subject", exact(255), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("made_proctor", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["platform_id"], ["lti_platforms.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("platform_id", "subject"),
    )
    op.create_index("ix_lti_users_user_id", "lti_users", ["user_id"])
    op.create_table(
        "seb_entries",
        sa.Column("login_id", sa.String(36), nullable=False),
        sa.Column("exam_id", sa.String(36), nullable=False),
        sa.Column("how", sa.String(16), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"]),
        sa.PrimaryKeyConstraint("login_id", "exam_id"),
    )
    op.create_index("ix_seb_entries_exam_id", "seb_entries", ["exam_id"])
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("description", sa.String(120), nullable=False),
        sa.Column("events", sa.String(200), nullable=False),
        sa.Column("exam_id", sa.String(36), nullable=True),
        sa.Column("secret", BLOB, nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("paused_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_webhooks_exam_id", "webhooks", ["exam_id"])
    op.create_table(
        "api_key_uses",
        sa.Column("key_id", sa.String(36), nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["api_keys.id"]),
        sa.PrimaryKeyConstraint("key_id", "day"),
    )
    op.create_table(
        "lti_grades",
        sa.Column("id", BIG_KEY, nullable=False),
        sa.Column("link_id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("attempt_id", sa.String(36), nullable=True),
        sa.Column("points", sa.Float(), nullable=True),
        sa.Column("max_points", sa.Float(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("sent", sa.String(64), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"]),
        sa.ForeignKeyConstraint(["link_id"], ["lti_links.id"]),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("link_id", "user_id"),
    )
    op.create_index("ix_lti_grades_attempt_id", "lti_grades", ["attempt_id"])
    op.create_index("ix_lti_grades_due_at", "lti_grades", ["due_at"])
    op.create_index("ix_lti_grades_user_id", "lti_grades", ["user_id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("number", BIG_KEY, nullable=False),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("webhook_id", sa.String(36), nullable=False),
        sa.Column("attempt_id", sa.String(36), nullable=True),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("body", LONG_TEXT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"]),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhooks.id"]),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("ix_webhook_deliveries_attempt_id", "webhook_deliveries", ["attempt_id"])
    op.create_index(
        "ix_webhook_deliveries_state_ended_at", "webhook_deliveries", ["state", "ended_at"]
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_attempt_id_state_number",
        "webhook_deliveries",
        ["webhook_id", "attempt_id", "state", "number"],
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_number", "webhook_deliveries", ["webhook_id", "number"]
    )
    op.create_index(
        "ix_webhook_deliveries_webhook_id_state_due_at",
        "webhook_deliveries",
        ["webhook_id", "state", "due_at"],
    )
    op.add_column("exams", sa.Column("seb", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "exams",
        sa.Column("seb_keys", sa.String(1000), server_default=sa.text("''"), nullable=False),
    )
    op.add_column(
        "exams", sa.Column("seb_quit", sa.String(64), server_default=sa.text("''"), nullable=False)
    )


def downgrade() -> None:
    for table in (
        "webhook_deliveries", "lti_grades", "api_key_uses", "webhooks", "seb_entries",
        "lti_users", "lti_offers", "lti_logins", "lti_links", "lti_choices", "api_keys",
        "lti_platforms", "lti_keys",
    ):  # fmt: skip
        op.drop_table(table)
    for column in ("seb", "seb_keys", "seb_quit"):
        op.drop_column("exams", column)
