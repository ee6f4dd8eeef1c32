"""The tables. Every string has a length (MySQL needs it); every column that tells of a person is
marked personal, so that export and erasure can be checked against the schema."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB, LONGTEXT, VARCHAR
from sqlmodel import Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC datetimes out, to the microsecond on every database."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name in ("mysql", "mariadb"):
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime())

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without its zone can't be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


# Named constraints can be altered by later migrations on every database.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

PERSONAL = {"info": {"personal": True}}
NOT_PERSONAL = {"info": {"personal": False}}
BLOB = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")
LONG_TEXT = Text().with_variant(LONGTEXT(), "mysql", "mariadb")
BIG_KEY = BigInteger().with_variant(Integer(), "sqlite")
"""Of tables that may grow beyond 2 thousand million rows; SQLite counts up its own integers."""


def exact(length: int) -> String:
    """A string of which every letter counts; MySQL and MariaDB else take letters of another case
    or with an accent for the same."""
    binary = VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return String(length).with_variant(binary, "mysql", "mariadb")


class User(SQLModel, table=True):
    """totp_secret, face_template: sealed. totp_last_step: the last step of 30 s whose code was
    used. An erased account keeps its row and id, so that the log and attempts stay whole."""

    __tablename__: ClassVar[str] = "users"
    __table_args__ = (
        Index(None, "name", "id"),
        Index(None, "role"),
        Index(None, "created_at", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    email: str = Field(max_length=254, unique=True, sa_column_kwargs=PERSONAL)
    name: str = Field(max_length=120, sa_column_kwargs=PERSONAL)
    password_hash: str = Field(max_length=60, sa_column_kwargs=PERSONAL)
    role: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    face_template: bytes | None = Field(default=None, sa_type=BLOB, sa_column_kwargs=PERSONAL)
    face_model: str = Field(default="", max_length=80, sa_column_kwargs=NOT_PERSONAL)
    face_photo_key: str = Field(default="", max_length=120, sa_column_kwargs=PERSONAL)
    face_failures: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    face_locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_secret: bytes | None = Field(default=None, sa_type=BLOB, sa_column_kwargs=PERSONAL)
    totp_enabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_last_step: int | None = None
    erasure_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Login(SQLModel, table=True):
    """One log-in; its id is the token's ``jti``."""

    __tablename__: ClassVar[str] = "logins"

    id: str = Field(primary_key=True, max_length=36)
    user_id: str = Field(foreign_key="users.id", max_length=36, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    method: str = Field(
        default="password",
        max_length=16,
        sa_column_kwargs={**NOT_PERSONAL, "server_default": "password"},
    )
    address: str = Field(
        default="", max_length=45, sa_column_kwargs={**PERSONAL, "server_default": text("''")}
    )
    agent: str = Field(
        default="", max_length=200, sa_column_kwargs={**PERSONAL, "server_default": text("''")}
    )


class PasswordReset(SQLModel, table=True):
    """A one-use link; only its digest is kept."""

    __tablename__: ClassVar[str] = "password_resets"

    digest: str = Field(primary_key=True, max_length=64, sa_column_kwargs=NOT_PERSONAL)
    user_id: str = Field(foreign_key="users.id", max_length=36, index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class FaceChallenge(SQLModel, table=True):
    """What somebody was asked to do to log in by face; user_id: None for an unknown account."""

    __tablename__: ClassVar[str] = "face_challenges"

    id: str = Field(primary_key=True, max_length=36)
    user_id: str | None = Field(default=None, foreign_key="users.id", max_length=36, index=True)
    action: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuditEntry(SQLModel, table=True):
    """Who did what to whom and when, by ids alone, so that erasing a person leaves it whole.
    digest: SHA-256 over the entry and the digest of the one before."""

    __tablename__: ClassVar[str] = "audit_log"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    actor_id: str = Field(max_length=36, index=True, sa_column_kwargs=NOT_PERSONAL)
    actor_role: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    action: str = Field(max_length=48, sa_column_kwargs=NOT_PERSONAL)
    subject_type: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    subject_id: str = Field(max_length=36, index=True, sa_column_kwargs=NOT_PERSONAL)
    detail: str = Field(max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    previous: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)
    digest: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)


class AuditHead(SQLModel, table=True):
    """The end of the log, one row: a writer locks it, so that entries follow one another, and a
    log that was cut short no longer ends where it says."""

    __tablename__: ClassVar[str] = "audit_head"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    number: int
    digest: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)


class Exam(SQLModel, table=True):
    """What may change while people sit it; what they are asked stands in its versions.

    version_id: the published version, None before the first. results_at: since when candidates see
    their results, None while they don't. practice: the one that everybody may sit again and again.
    reviewers: how many people must call something a violation before it stands, 1 or 2.
    seb: 1 where only Safe Exam Browser may open it. seb_keys: its Browser Exam Keys, separated by
    spaces; none for the Config Key alone. seb_quit: digest of the password that ends the browser.
    revision: grows with every change, so that nobody overwrites what they have not seen.
    """

    __tablename__: ClassVar[str] = "exams"
    __table_args__ = (Index(None, "created_at", "id"), Index(None, "title", "id"))

    id: str = Field(primary_key=True, max_length=36)
    code: str = Field(max_length=16, unique=True, sa_column_kwargs=NOT_PERSONAL)
    title: str = Field(max_length=200, sa_column_kwargs=NOT_PERSONAL)
    status: str = Field(max_length=16, index=True, sa_column_kwargs=NOT_PERSONAL)
    version_id: str | None = Field(default=None, max_length=36, sa_column_kwargs=NOT_PERSONAL)
    opens_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closes_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    time_zone: str = Field(default="UTC", max_length=64, sa_column_kwargs=NOT_PERSONAL)
    access: str = Field(default="open", max_length=16, sa_column_kwargs=NOT_PERSONAL)
    attempts_allowed: int = 1
    results: str = Field(default="by_hand", max_length=16, sa_column_kwargs=NOT_PERSONAL)
    results_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    retention_days: int | None = None
    is_practice: bool = False
    reviewers: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    seb: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    seb_keys: str = Field(
        default="", max_length=1000, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    seb_quit: str = Field(
        default="", max_length=64, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    revision: int = 1
    created_by: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class ExamVersion(SQLModel, table=True):
    """content: an ExamContent as JSON; a version without published_at is the draft, one an exam.
    question_count, duration_minutes: of the content, for lists."""

    __tablename__: ClassVar[str] = "exam_versions"
    __table_args__ = (UniqueConstraint("exam_id", "number"),)

    id: str = Field(primary_key=True, max_length=36)
    exam_id: str = Field(foreign_key="exams.id", max_length=36)
    number: int
    content: str = Field(sa_type=LONG_TEXT, sa_column_kwargs=NOT_PERSONAL)
    question_count: int = 0
    duration_minutes: int = 0
    saved_by: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    saved_at: datetime = Field(sa_type=UtcDateTime)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ExamPicture(SQLModel, table=True):
    """A picture of a question; its bytes lie in the picture store under ``key``."""

    __tablename__: ClassVar[str] = "exam_pictures"
    __table_args__ = (UniqueConstraint("exam_id", "sha256"),)

    id: str = Field(primary_key=True, max_length=36)
    exam_id: str = Field(foreign_key="exams.id", max_length=36)
    sha256: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)
    media_type: str = Field(max_length=32, sa_column_kwargs=NOT_PERSONAL)
    size_bytes: int
    key: str = Field(max_length=120, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)


class ExamProctor(SQLModel, table=True):
    """Who watches and judges an exam; an exam without a row is every proctor's."""

    __tablename__: ClassVar[str] = "exam_proctors"

    exam_id: str = Field(foreign_key="exams.id", primary_key=True, max_length=36)
    user_id: str = Field(foreign_key="users.id", primary_key=True, max_length=36, index=True)


class RosterEntry(SQLModel, table=True):
    """Somebody who may sit an exam, with their accommodations. user_id: None until there is an
    account of this e-mail. detectors_off: event types, separated by commas. preset: "" for the
    exam's own."""

    __tablename__: ClassVar[str] = "roster_entries"
    __table_args__ = (UniqueConstraint("exam_id", "email"),)

    id: int | None = Field(default=None, primary_key=True)
    exam_id: str = Field(foreign_key="exams.id", max_length=36)
    user_id: str | None = Field(default=None, foreign_key="users.id", max_length=36, index=True)
    email: str = Field(sa_type=exact(254), index=True, sa_column_kwargs=PERSONAL)
    extra_minutes: int = 0
    may_pause: bool = False
    detectors_off: str = Field(default="", max_length=600, sa_column_kwargs=PERSONAL)
    preset: str = Field(default="", max_length=16, sa_column_kwargs=PERSONAL)
    added_at: datetime = Field(sa_type=UtcDateTime)


class Attempt(SQLModel, table=True):
    """One candidate's sitting of one exam, or a free monitored session (no exam_id).

    open_for holds the candidate's id while the attempt is open and nothing afterwards: its unique
    index is what keeps a candidate to one open attempt. number: the candidate's how-manieth of this
    exam. seed: of its order of questions. ends_by: the latest end, whatever the duration. paused_s:
    pauses that are over. paused_by: candidate, staff or installation, while it is paused. holder:
    the browser tab that sits it. answered: how many questions have an answer. neutral: the
    calibrated pose. points: None until wholly marked.

    compliance: by its closed incidents, 0 to 100. incidents: that are not cleared away; to_review:
    those of them nobody judged. review_risk: what the review queue is sorted by, smallest first,
    None while nothing of it waits there, and so is waits_since: its end, or its start while it is
    open. released_at: since when its candidate sees incidents and
    results, whatever the exam says. judged_by, judged_at, category: of the attempt's own verdict.
    """

    __tablename__: ClassVar[str] = "attempts"
    __table_args__ = (
        Index(None, "exam_id", "status"),
        Index(None, "user_id", "exam_id"),
        Index(None, "created_at", "id"),
        Index(None, "review_risk", "waits_since", "id"),
        Index(None, "exam_id", "review_risk", "waits_since", "id"),
        Index(None, "waits_since", "id"),
        Index(None, "exam_id", "waits_since", "id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    user_id: str = Field(foreign_key="users.id", max_length=36, index=True)
    open_for: str | None = Field(default=None, max_length=36, unique=True)
    status: str = Field(max_length=20, index=True, sa_column_kwargs=NOT_PERSONAL)
    status_reason: str = Field(default="", max_length=200, sa_column_kwargs=PERSONAL)
    notice_version: str = Field(default="", max_length=32, sa_column_kwargs=NOT_PERSONAL)
    consented_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    created_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    duration_minutes: int
    last_frame_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    monitored_s: float = 0.0
    face_s: float = 0.0
    exam_id: str | None = Field(default=None, foreign_key="exams.id", max_length=36)
    version_id: str | None = Field(default=None, foreign_key="exam_versions.id", max_length=36)
    number: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    seed: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    ends_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_s: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    paused_by: str = Field(
        default="", max_length=16, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    holder: str = Field(
        default="", max_length=64, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answered: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    neutral: str = Field(
        default="", max_length=200, sa_column_kwargs={**PERSONAL, "server_default": text("''")}
    )
    receipt: str = Field(
        default="", max_length=32, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    points: float | None = None
    max_points: float | None = None
    marked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    compliance: float = Field(default=100.0, sa_column_kwargs={"server_default": "100"})
    incidents: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    to_review: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    review_risk: float | None = None
    waits_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    category: str = Field(
        default="", max_length=32, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    judged_by: str = Field(
        default="", max_length=36, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    judged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AttemptEvent(SQLModel, table=True):
    """What happened to an attempt, in order: the reason beside each status."""

    __tablename__: ClassVar[str] = "attempt_events"

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36, index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(max_length=32, sa_column_kwargs=NOT_PERSONAL)
    detail: str = Field(default="", max_length=200, sa_column_kwargs=PERSONAL)


class Answer(SQLModel, table=True):
    """The newest answer to one question. value: as JSON, "" for none; seq: the client's count of
    what it saved, so that an older one that arrives late changes nothing. points: None until
    marked; marked_by: empty where the mark was made automatically."""

    __tablename__: ClassVar[str] = "answers"
    __table_args__ = (UniqueConstraint("attempt_id", "question_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36)
    question_id: str = Field(sa_type=exact(36), sa_column_kwargs=NOT_PERSONAL)
    value: str = Field(default="", sa_type=LONG_TEXT, sa_column_kwargs=PERSONAL)
    seq: int = Field(default=0, sa_type=BigInteger)
    is_flagged: bool = False
    saved_at: datetime = Field(sa_type=UtcDateTime)
    points: float | None = None
    comment: str = Field(default="", max_length=1000, sa_column_kwargs=PERSONAL)
    marked_by: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    marked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BrowserEvent(SQLModel, table=True):
    """What a candidate's program told of itself, each of its seq once, in the order it came.

    source: page, tab_event, face_log, events or socket. claimed_at: the client's clock; received_at
    the server's. is_late: kept while offline and sent afterwards. text: a reason that is none of
    ours. detail: JSON."""

    __tablename__: ClassVar[str] = "browser_events"
    __table_args__ = (UniqueConstraint("attempt_id", "seq"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36)
    seq: int | None = Field(default=None, sa_type=BigInteger)
    source: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    kind: str = Field(max_length=32, sa_column_kwargs=NOT_PERSONAL)
    text: str = Field(default="", max_length=120, sa_column_kwargs=PERSONAL)
    claimed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    received_at: datetime = Field(sa_type=UtcDateTime)
    is_late: bool = False
    detail: str = Field(default="", max_length=600, sa_column_kwargs=PERSONAL)


class Message(SQLModel, table=True):
    """Words between proctor and candidate. author_id: empty for the installation itself; kind:
    message or warning. seen_at: when staff saw what the candidate wrote; of all others when they
    were sent."""

    __tablename__: ClassVar[str] = "messages"

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36, index=True)
    author_id: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    kind: str = Field(default="message", max_length=16, sa_column_kwargs=NOT_PERSONAL)
    text: str = Field(max_length=1000, sa_column_kwargs=PERSONAL)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)


class QuestionView(SQLModel, table=True):
    """A question that stood before the candidate. left_at: None for the one that still does, or
    that stood there when the page was lost."""

    __tablename__: ClassVar[str] = "question_views"
    __table_args__ = (Index(None, "attempt_id", "entered_at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36)
    question_id: str = Field(sa_type=exact(36), sa_column_kwargs=NOT_PERSONAL)
    entered_at: datetime = Field(sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignalTrace(SQLModel, table=True):
    """What the rules saw in one slot of an attempt, second by second; see services/traces.py."""

    __tablename__: ClassVar[str] = "signal_traces"

    attempt_id: str = Field(foreign_key="attempts.id", primary_key=True, max_length=36)
    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    data: bytes = Field(sa_type=BLOB, sa_column_kwargs=PERSONAL)


class Incident(SQLModel, table=True):
    """hidden_at: since when it was cleared away by staff; it counts for nothing, and can come
    back. slot: of its opening, see ``IncidentTally``. cost: the points it takes by its exam's
    weights, 0 while it is open. acknowledged: a proctor has seen it live. proposed: "violation"
    while that waits for a second person. reviewed, reason, category: of the verdict that stands.
    """

    __tablename__: ClassVar[str] = "incidents"
    __table_args__ = (
        Index(None, "attempt_id", "opened_at"),
        Index(None, "attempt_id", "event_type", "slot"),
    )

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36)
    event_type: str = Field(max_length=32, sa_column_kwargs=NOT_PERSONAL)
    severity: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    detail: str = Field(default="", max_length=120, sa_column_kwargs=PERSONAL)
    opened_at: datetime = Field(sa_type=UtcDateTime, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    confidence: float
    models: str = Field(default="", max_length=300, sa_column_kwargs=NOT_PERSONAL)
    verdict: str = Field(default="not_reviewed", max_length=16, sa_column_kwargs=NOT_PERSONAL)
    hidden_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    slot: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    cost: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    acknowledged_by: str = Field(
        default="", max_length=36, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    proposed: str = Field(
        default="", max_length=16, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    reviewed_by: str = Field(
        default="", max_length=36, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = Field(
        default="", max_length=1000, sa_column_kwargs={**PERSONAL, "server_default": text("''")}
    )
    category: str = Field(
        default="", max_length=32, sa_column_kwargs={**NOT_PERSONAL, "server_default": text("''")}
    )


class IncidentTally(SQLModel, table=True):
    """An attempt's incidents of one type that opened in one slot (five minutes since 1970), summed
    up, so that nobody has to read a million rows: ``services/scores.py`` writes it whenever one of
    them changes. cost: of those that were not dismissed."""

    __tablename__: ClassVar[str] = "incident_tallies"

    attempt_id: str = Field(foreign_key="attempts.id", primary_key=True, max_length=36)
    event_type: str = Field(primary_key=True, max_length=32, sa_column_kwargs=NOT_PERSONAL)
    slot: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    incidents: int = 0
    passed: int = 0
    suspicious: int = 0
    violation: int = 0
    cost: float = 0.0


class Review(SQLModel, table=True):
    """What one person said of an incident, or of the attempt (no incident_id); never changed.

    kind: first, second (of a violation that somebody proposed), bulk, undo (of a bulk), attempt,
    appeal. bulk_id: of all that were judged in one go."""

    __tablename__: ClassVar[str] = "reviews"
    __table_args__ = (Index(None, "attempt_id", "incident_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36)
    incident_id: int | None = Field(default=None, foreign_key="incidents.id", index=True)
    reviewer_id: str = Field(max_length=36, sa_column_kwargs=NOT_PERSONAL)
    kind: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    verdict: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    category: str = Field(default="", max_length=32, sa_column_kwargs=NOT_PERSONAL)
    reason: str = Field(default="", max_length=1000, sa_column_kwargs=PERSONAL)
    bulk_id: str | None = Field(
        default=None, max_length=36, index=True, sa_column_kwargs=NOT_PERSONAL
    )
    at: datetime = Field(sa_type=UtcDateTime)


class Appeal(SQLModel, table=True):
    """What a candidate says against a verdict, and what they were answered."""

    __tablename__: ClassVar[str] = "appeals"

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36, index=True)
    text: str = Field(max_length=1000, sa_column_kwargs=PERSONAL)
    made_at: datetime = Field(sa_type=UtcDateTime)
    answer: str = Field(default="", max_length=1000, sa_column_kwargs=PERSONAL)
    answered_by: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Evidence(SQLModel, table=True):
    """A picture of an incident; the bytes lie encrypted in the evidence store under ``key``.
    moment: before, at or after its opening."""

    __tablename__: ClassVar[str] = "evidence"
    __table_args__ = (UniqueConstraint("incident_id", "ordinal"),)

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incidents.id")
    ordinal: int
    taken_at: datetime = Field(sa_type=UtcDateTime)
    sha256: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)
    size_bytes: int
    key: str = Field(max_length=120, sa_column_kwargs=PERSONAL)
    moment: str = Field(
        default="at",
        max_length=8,
        sa_column_kwargs={**NOT_PERSONAL, "server_default": text("'at'")},
    )
