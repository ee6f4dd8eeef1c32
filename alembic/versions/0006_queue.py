"""the review queue by age: since when an attempt waits, and indexes for either order"""

import sqlalchemy as sa

from alembic import op
from proctor_app.db.tables import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE = {
    "ix_attempts_review_risk_id": ["review_risk", "id"],
    "ix_attempts_exam_id_review_risk_id": ["exam_id", "review_risk", "id"],
}
_SINCE = {
    "ix_attempts_review_risk_waits_since_id": ["review_risk", "waits_since", "id"],
    "ix_attempts_exam_id_review_risk_waits_since_id": [
        "exam_id",
        "review_risk",
        "waits_since",
        "id",
    ],
    "ix_attempts_waits_since_id": ["waits_since", "id"],
    "ix_attempts_exam_id_waits_since_id": ["exam_id", "waits_since", "id"],
}


def upgrade() -> None:
    op.add_column("attempts", sa.Column("waits_since", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE attempts SET waits_since = COALESCE(ended_at, started_at, created_at) "
        "WHERE review_risk IS NOT NULL"
    )
    for name, columns in _SINCE.items():
        op.create_index(name, "attempts", columns)
    for name in _BEFORE:
        op.drop_index(name, "attempts")


def downgrade() -> None:
    for name, columns in _BEFORE.items():
        op.create_index(name, "attempts", columns)
    for name in _SINCE:
        op.drop_index(name, "attempts")
    op.drop_column("attempts", "waits_since")
