"""The tables. Every string has a length (MySQL needs it); every column that tells of a person is
marked personal, so that export and erasure can be checked against the schema."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, Index, LargeBinary, TypeDecorator, UniqueConstraint, text
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB
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


class Attempt(SQLModel, table=True):
    """open_for holds the candidate's id while the attempt is open and nothing afterwards: its
    unique index is what keeps a candidate to one open attempt."""

    __tablename__: ClassVar[str] = "attempts"

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


class AttemptEvent(SQLModel, table=True):
    """What happened to an attempt, in order: the reason beside each status."""

    __tablename__: ClassVar[str] = "attempt_events"

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36, index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    kind: str = Field(max_length=32, sa_column_kwargs=NOT_PERSONAL)
    detail: str = Field(default="", max_length=200, sa_column_kwargs=PERSONAL)


class Incident(SQLModel, table=True):
    __tablename__: ClassVar[str] = "incidents"
    __table_args__ = (Index(None, "attempt_id", "opened_at"),)

    id: int | None = Field(default=None, primary_key=True)
    attempt_id: str = Field(foreign_key="attempts.id", max_length=36)
    event_type: str = Field(max_length=32, sa_column_kwargs=NOT_PERSONAL)
    severity: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    detail: str = Field(default="", max_length=120, sa_column_kwargs=PERSONAL)
    opened_at: datetime = Field(sa_type=UtcDateTime, index=True)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confidence: float
    models: str = Field(default="", max_length=300, sa_column_kwargs=NOT_PERSONAL)
    verdict: str = Field(default="not_reviewed", max_length=16, sa_column_kwargs=NOT_PERSONAL)


class Evidence(SQLModel, table=True):
    """A picture of an incident; the bytes lie encrypted in the evidence store under ``key``."""

    __tablename__: ClassVar[str] = "evidence"
    __table_args__ = (UniqueConstraint("incident_id", "ordinal"),)

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="incidents.id")
    ordinal: int
    taken_at: datetime = Field(sa_type=UtcDateTime)
    sha256: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)
    size_bytes: int
    key: str = Field(max_length=120, sa_column_kwargs=PERSONAL)
