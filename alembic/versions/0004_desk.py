"""the proctor's desk: tallies and scores of incidents, reviews, appeals, traces, question times"""

import json
from datetime import UTC, datetime

import sqlalchemy as sa

from alembic import op
from proctor_app.db.tables import BIG_KEY, BLOB, UtcDateTime, exact

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_EMPTY = sa.text("''")
_SLOT_S = 300
_WEIGHTS = {
    "face_absent": (10, 30, 40), "multiple_faces": (15, 10, 45),
    "background_person": (3, 20, 10), "phone": (20, 5, 60),
    "forbidden_object": (6, 10, 20), "head_turned": (2, 10, 15),
    "gaze_off_screen": (2, 10, 15), "eyes_closed": (1, 30, 5),
    "mouth_movement": (2, 10, 15), "hand_gesture": (1, 10, 8),
    "face_position": (1, 20, 8), "identity_mismatch": (30, 10, 70),
    "spoof_suspected": (30, 20, 70), "camera_blocked": (6, 30, 25),
    "frame_quality_low": (3, 60, 10), "monitoring_gap": (5, 60, 20),
    "tab_switch": (6, 20, 30), "window_blur": (2, 20, 10),
    "fullscreen_exit": (3, 30, 15), "clipboard": (3, 0, 15),
    "second_screen": (8, 60, 16), "devtools": (5, 0, 15),
    "print": (5, 0, 15), "context_menu": (0.5, 0, 3),
    "camera_changed": (4, 0, 12), "virtual_camera": (25, 0, 25),
    "second_device": (6, 0, 18), "client_note": (0, 0, 0),
}  # fmt: skip
"""Points, reference in seconds, and cap of each type, as they were when this was written: what the
application makes of them later changes nothing of what was written here."""
_FACTORS = {"strict": 1.25, "lenient": 0.5}
_Weights = dict[str, tuple[float, float, float]]
_INDEXES = {
    "ix_attempts_review_risk_id": ("attempts", ["review_risk", "id"]),
    "ix_attempts_exam_id_review_risk_id": ("attempts", ["exam_id", "review_risk", "id"]),
    "ix_messages_seen_at": ("messages", ["seen_at"]),
    "ix_incidents_closed_at": ("incidents", ["closed_at"]),
    "ix_incidents_attempt_id_event_type_slot": (
        "incidents",
        ["attempt_id", "event_type", "slot"],
    ),
}


def _text(name: str, length: int) -> sa.Column[object]:
    return sa.Column(name, sa.String(length), nullable=False, server_default=_EMPTY)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime(), nullable=True)


def _count(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def _added() -> dict[str, tuple[sa.Column[object], ...]]:
    return {
        "exams": (sa.Column("reviewers", sa.Integer(), nullable=False, server_default="1"),),
        "attempts": (
            sa.Column("compliance", sa.Float(), nullable=False, server_default="100"),
            _count("incidents"),
            _count("to_review"),
            sa.Column("review_risk", sa.Float(), nullable=True),
            _time("released_at"),
            _text("category", 32),
            _text("judged_by", 36),
            _time("judged_at"),
        ),
        "messages": (_time("seen_at"),),
        "incidents": (
            _count("slot"),
            sa.Column("cost", sa.Float(), nullable=False, server_default="0"),
            _text("acknowledged_by", 36),
            _time("acknowledged_at"),
            _text("proposed", 16),
            _text("reviewed_by", 36),
            _time("reviewed_at"),
            _text("reason", 1000),
            _text("category", 32),
        ),
        "evidence": (
            sa.Column("moment", sa.String(8), nullable=False, server_default=sa.text("'at'")),
        ),
    }


def upgrade() -> None:
    for table, columns in _added().items():
        for column in columns:
            op.add_column(table, column)
    for name, (table, names) in _INDEXES.items():
        op.create_index(name, table, names)
    op.create_table(
        "question_views",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column("question_id", exact(36), nullable=False),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        _time("left_at"),
    )
    op.create_index(
        "ix_question_views_attempt_id_entered_at", "question_views", ["attempt_id", "entered_at"]
    )
    op.create_table(
        "signal_traces",
        sa.Column("attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), primary_key=True),
        sa.Column("slot", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("data", BLOB, nullable=False),
    )
    op.create_table(
        "incident_tallies",
        sa.Column("attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), primary_key=True),
        sa.Column("event_type", sa.String(32), primary_key=True),
        sa.Column("slot", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("incidents", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("suspicious", sa.Integer(), nullable=False),
        sa.Column("violation", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Float(), nullable=False),
    )
    op.create_table(
        "reviews",
        sa.Column("id", BIG_KEY, primary_key=True),
        sa.Column("attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), nullable=False),
        sa.Column(
            "incident_id", sa.Integer(), sa.ForeignKey("incidents.id"), nullable=True, index=True
        ),
        sa.Column("reviewer_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("bulk_id", sa.String(36), nullable=True, index=True),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_reviews_attempt_id_incident_id", "reviews", ["attempt_id", "incident_id"])
    op.create_table(
        "appeals",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "attempt_id", sa.String(36), sa.ForeignKey("attempts.id"), nullable=False, index=True
        ),
        sa.Column("text", sa.String(1000), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.String(1000), nullable=False),
        sa.Column("answered_by", sa.String(36), nullable=False),
        _time("answered_at"),
    )
    _sum_up()


def downgrade() -> None:
    for table in ("appeals", "reviews", "incident_tallies", "signal_traces", "question_views"):
        op.drop_table(table)
    for name, (table, _names) in _INDEXES.items():
        op.drop_index(name, table)
    for table, columns in _added().items():
        for column in columns:
            op.drop_column(table, column.name)


def _sum_up() -> None:
    """Costs and tallies of incidents that are there already, by what their exam asks for."""
    bind = op.get_bind()
    weights = _weights_of_attempts(bind)
    bind.execute(sa.text("UPDATE messages SET seen_at = sent_at"))
    incidents = sa.table(
        "incidents",
        sa.column("id", sa.Integer),
        sa.column("attempt_id", sa.String),
        sa.column("event_type", sa.String),
        sa.column("confidence", sa.Float),
        sa.column("opened_at", UtcDateTime()),
        sa.column("closed_at", UtcDateTime()),
        sa.column("slot", sa.Integer),
        sa.column("cost", sa.Float),
    )
    change = (
        incidents.update()
        .where(incidents.c.id == sa.bindparam("key"))
        .values(slot=sa.bindparam("its_slot"), cost=sa.bindparam("its_cost"))
    )
    rows = bind.execute(sa.select(incidents)).all()
    for start in range(0, len(rows), 1000):
        batch = [
            {
                "key": row.id,
                "its_slot": int(row.opened_at.timestamp()) // _SLOT_S,
                "its_cost": _cost(
                    weights.get(row.attempt_id, _WEIGHTS)[row.event_type],
                    row.confidence,
                    row.opened_at,
                    row.closed_at,
                ),
            }
            for row in rows[start : start + 1000]
        ]
        bind.execute(change, batch)
    bind.execute(
        sa.text(
            "INSERT INTO incident_tallies (attempt_id, event_type, slot, incidents, passed, "
            "suspicious, violation, cost) SELECT attempt_id, event_type, slot, COUNT(*), "
            "SUM(CASE WHEN verdict = 'passed' THEN 1 ELSE 0 END), "
            "SUM(CASE WHEN verdict = 'suspicious' THEN 1 ELSE 0 END), "
            "SUM(CASE WHEN verdict = 'violation' THEN 1 ELSE 0 END), "
            "SUM(CASE WHEN verdict = 'passed' THEN 0 ELSE cost END) "
            "FROM incidents WHERE hidden_at IS NULL GROUP BY attempt_id, event_type, slot"
        )
    )
    _score(bind, weights)


def _weights_of_attempts(bind: sa.Connection) -> dict[str, _Weights]:
    """By attempt, of those that sit an exam."""
    versions = {
        row.id: json.loads(row.content)
        for row in bind.execute(sa.text("SELECT id, content FROM exam_versions"))
    }
    known: dict[tuple[str, str], _Weights] = {}
    found: dict[str, _Weights] = {}
    sat = sa.text(
        "SELECT a.id, a.version_id, r.preset FROM attempts a LEFT JOIN roster_entries r "
        "ON r.exam_id = a.exam_id AND r.user_id = a.user_id WHERE a.version_id IS NOT NULL"
    )
    for row in bind.execute(sat):
        content = versions.get(row.version_id, {})
        key = (row.version_id, row.preset or content.get("preset", ""))
        if key not in known:
            known[key] = _weights(content, key[1])
        found[row.id] = known[key]
    return found


def _weights(content: dict[str, object], preset: str) -> _Weights:
    rules = content.get("rules")
    changes = rules if isinstance(rules, dict) else {}
    found: _Weights = {}
    for kind, (usual, reference_s, cap) in _WEIGHTS.items():
        own = (changes.get(kind) or {}).get("points")
        factor = _FACTORS.get(preset, 1.0)
        if own is not None:
            factor = max(0.0, own) / usual if usual else 1.0
        if own is not None and not usual:
            found[kind] = (max(0.0, own), reference_s, 3 * max(0.0, own))
        else:
            found[kind] = (usual * factor, reference_s, cap * factor)
    return found


def _score(bind: sa.Connection, weights: dict[str, _Weights]) -> None:
    found = bind.execute(
        sa.text(
            "SELECT attempt_id, event_type, SUM(incidents) AS counted, "
            "SUM(incidents - passed - suspicious - violation) AS waiting, SUM(cost) AS lost "
            "FROM incident_tallies GROUP BY attempt_id, event_type"
        )
    )
    totals: dict[str, list[float]] = {}
    for row in found:
        total = totals.setdefault(row.attempt_id, [100.0, 0, 0])
        cap = weights.get(row.attempt_id, _WEIGHTS)[row.event_type][2]
        total[0] -= min(float(row.lost), cap)
        total[1] += int(row.counted)
        total[2] += int(row.waiting)
    for attempt_id, (value, counted, waiting) in totals.items():
        bind.execute(
            sa.text(
                "UPDATE attempts SET compliance = :value, incidents = :counted, "
                "to_review = :waiting, review_risk = CASE WHEN status = 'cancelled' THEN NULL "
                "ELSE :value END WHERE id = :key"
            ),
            {
                "value": round(max(0.0, value), 1),
                "counted": counted,
                "waiting": waiting,
                "key": attempt_id,
            },
        )


def _cost(
    weight: tuple[float, float, float],
    confidence: float,
    opened: datetime,
    closed: datetime | None,
) -> float:
    if closed is None:
        return 0.0
    points, reference_s, _ = weight
    lasted_s = (closed.astimezone(UTC) - opened.astimezone(UTC)).total_seconds()
    share = 1.0 if reference_s <= 0 else min(1.0, lasted_s / reference_s)
    return points * confidence * share
