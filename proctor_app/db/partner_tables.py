"""The tables of what other systems are told and may ask: keys of machines, webhooks, learning
platforms, Safe Exam Browser. The rules of ``tables`` hold here too."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from proctor_app.db.tables import (
    BIG_KEY,
    BLOB,
    LONG_TEXT,
    NOT_PERSONAL,
    PERSONAL,
    UtcDateTime,
    exact,
)


class ApiKey(SQLModel, table=True):
    """A machine's key; only its digest (SHA-256) is kept. owner_id: for whom it acts. prefix: its
    first letters, to be recognised by. scopes: separated by spaces. per_day: requests, 0 for as
    many as there are."""

    __tablename__: ClassVar[str] = "api_keys"

    id: str = Field(primary_key=True, max_length=36)
    owner_id: str = Field(foreign_key="users.id", max_length=36, index=True)
    name: str = Field(max_length=80, sa_column_kwargs=NOT_PERSONAL)
    prefix: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    digest: str = Field(sa_type=exact(64), unique=True, sa_column_kwargs=NOT_PERSONAL)
    scopes: str = Field(max_length=400, sa_column_kwargs=NOT_PERSONAL)
    per_minute: int
    per_day: int
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiKeyUse(SQLModel, table=True):
    """How often a key was used on a day. day: since 1970-01-01, in UTC."""

    __tablename__: ClassVar[str] = "api_key_uses"

    key_id: str = Field(foreign_key="api_keys.id", primary_key=True, max_length=36)
    day: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    uses: int = 0


class Webhook(SQLModel, table=True):
    """An address that is told what happens. events: their kinds, separated by spaces. exam_id: of
    this exam alone, None for all and for free sessions. secret: sealed. paused_at: since when
    nothing is sent. failures: tries in a row that the receiver did not answer, or with a trouble of
    its own. failing_since: since when nothing was taken, problem: of the last try. deleted_at: it
    is there for nobody any more; the row goes once nobody can be writing to it."""

    __tablename__: ClassVar[str] = "webhooks"

    id: str = Field(primary_key=True, max_length=36)
    url: str = Field(max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    description: str = Field(default="", max_length=120, sa_column_kwargs=NOT_PERSONAL)
    events: str = Field(max_length=200, sa_column_kwargs=NOT_PERSONAL)
    exam_id: str | None = Field(default=None, foreign_key="exams.id", max_length=36, index=True)
    secret: bytes = Field(sa_type=BLOB, sa_column_kwargs=NOT_PERSONAL)
    created_by: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    problem: str = Field(default="", max_length=200, sa_column_kwargs=NOT_PERSONAL)
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class WebhookDelivery(SQLModel, table=True):
    """One message to one webhook, written in the transaction that it tells of. number: their order.
    id: what the receiver knows it by. attempt_id: whose messages keep their order, None for tests.
    body: JSON with ids and times, no words of anybody. state: waiting, delivered, failed (given
    up) or dropped. due_at: of the next try, None where there is none. claimed_until: a worker is
    sending it."""

    __tablename__: ClassVar[str] = "webhook_deliveries"
    __table_args__ = (
        Index(None, "webhook_id", "number"),
        Index(None, "webhook_id", "attempt_id", "state", "number"),
        Index(None, "webhook_id", "state", "due_at"),
        Index(None, "state", "ended_at"),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    id: str = Field(max_length=36, unique=True, sa_column_kwargs=NOT_PERSONAL)
    webhook_id: str = Field(foreign_key="webhooks.id", max_length=36)
    attempt_id: str | None = Field(
        default=None, foreign_key="attempts.id", max_length=36, index=True
    )
    kind: str = Field(max_length=32, sa_column_kwargs=NOT_PERSONAL)
    body: str = Field(sa_type=LONG_TEXT, sa_column_kwargs=NOT_PERSONAL)
    state: str = Field(max_length=12, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    took_ms: int | None = None
    status_code: int | None = None
    error: str = Field(default="", max_length=200, sa_column_kwargs=NOT_PERSONAL)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LtiPlatform(SQLModel, table=True):
    """A learning platform that may send people here. deployments: their ids, one a line; empty for
    any. token_audience: of requests for tokens, empty for token_url. adopts_accounts: its students
    get an account here that has their e-mail. makes_proctors: its instructors become proctors."""

    __tablename__: ClassVar[str] = "lti_platforms"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: str = Field(primary_key=True, max_length=36)
    name: str = Field(max_length=120, sa_column_kwargs=NOT_PERSONAL)
    issuer: str = Field(sa_type=exact(255), sa_column_kwargs=NOT_PERSONAL)
    client_id: str = Field(sa_type=exact(255), sa_column_kwargs=NOT_PERSONAL)
    deployments: str = Field(default="", max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    auth_url: str = Field(max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    token_url: str = Field(max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    token_audience: str = Field(default="", max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    keys_url: str = Field(max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    adopts_accounts: bool = False
    makes_proctors: bool = False
    created_by: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LtiLogin(SQLModel, table=True):
    """A launch that has begun: what the platform must send back, once. digest: of the state; nonce,
    cookie: digests too. target: the address the platform named."""

    __tablename__: ClassVar[str] = "lti_logins"

    digest: str = Field(primary_key=True, sa_type=exact(64), sa_column_kwargs=NOT_PERSONAL)
    nonce: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)
    cookie: str = Field(max_length=64, sa_column_kwargs=NOT_PERSONAL)
    platform_id: str = Field(foreign_key="lti_platforms.id", max_length=36)
    target: str = Field(default="", max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LtiUser(SQLModel, table=True):
    """Who somebody of a platform is here. made_proctor: 1 where the platform made them a proctor, 2
    where an admin has taken that back since, 0 where it never did."""

    __tablename__: ClassVar[str] = "lti_users"

    platform_id: str = Field(foreign_key="lti_platforms.id", primary_key=True, max_length=36)
    subject: str = Field(primary_key=True, sa_type=exact(255), sa_column_kwargs=PERSONAL)
    user_id: str = Field(foreign_key="users.id", max_length=36, index=True)
    made_proctor: int = 0
    created_at: datetime = Field(sa_type=UtcDateTime)


class LtiOffer(SQLModel, table=True):
    """An exam that staff chose for a course of a platform: its links may name it."""

    __tablename__: ClassVar[str] = "lti_offers"

    platform_id: str = Field(foreign_key="lti_platforms.id", primary_key=True, max_length=36)
    exam_id: str = Field(foreign_key="exams.id", primary_key=True, max_length=36, index=True)
    created_by: str = Field(default="", max_length=36, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)


class LtiLink(SQLModel, table=True):
    """A place in a course that opens an exam. line_item: where its scores go, empty for nowhere."""

    __tablename__: ClassVar[str] = "lti_links"
    __table_args__ = (UniqueConstraint("platform_id", "deployment", "resource_link"),)

    id: str = Field(primary_key=True, max_length=36)
    platform_id: str = Field(foreign_key="lti_platforms.id", max_length=36)
    deployment: str = Field(sa_type=exact(255), sa_column_kwargs=NOT_PERSONAL)
    resource_link: str = Field(sa_type=exact(255), sa_column_kwargs=NOT_PERSONAL)
    exam_id: str = Field(foreign_key="exams.id", max_length=36, index=True)
    title: str = Field(default="", max_length=200, sa_column_kwargs=NOT_PERSONAL)
    line_item: str = Field(default="", max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)


class LtiChoice(SQLModel, table=True):
    """A platform asks somebody to choose an exam for a course. digest: of the one-use ticket that
    goes with the answer. data: the platform's own, given back as it came."""

    __tablename__: ClassVar[str] = "lti_choices"

    digest: str = Field(primary_key=True, sa_type=exact(64), sa_column_kwargs=NOT_PERSONAL)
    platform_id: str = Field(foreign_key="lti_platforms.id", max_length=36)
    user_id: str = Field(foreign_key="users.id", max_length=36, index=True)
    deployment: str = Field(sa_type=exact(255), sa_column_kwargs=NOT_PERSONAL)
    return_url: str = Field(max_length=1000, sa_column_kwargs=NOT_PERSONAL)
    data: str = Field(default="", sa_type=LONG_TEXT, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LtiGrade(SQLModel, table=True):
    """Somebody's score as a platform is to know it. due_at: of the next try, None where it knows
    all there is to know. claimed_until: a worker is sending it."""

    __tablename__: ClassVar[str] = "lti_grades"
    __table_args__ = (UniqueConstraint("link_id", "user_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG_KEY)
    link_id: str = Field(foreign_key="lti_links.id", max_length=36)
    user_id: str = Field(foreign_key="users.id", max_length=36, index=True)
    attempt_id: str | None = Field(
        default=None, foreign_key="attempts.id", max_length=36, index=True
    )
    points: float | None = None
    max_points: float | None = None
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    claimed_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = 0
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent: str = Field(default="", max_length=64, sa_column_kwargs=NOT_PERSONAL)
    error: str = Field(default="", max_length=200, sa_column_kwargs=NOT_PERSONAL)
    updated_at: datetime = Field(sa_type=UtcDateTime)


class LtiKey(SQLModel, table=True):
    """A key this installation signs with towards platforms; id: its name in the key set. private:
    sealed."""

    __tablename__: ClassVar[str] = "lti_keys"

    id: str = Field(primary_key=True, max_length=36)
    private: bytes = Field(sa_type=BLOB, sa_column_kwargs=NOT_PERSONAL)
    created_at: datetime = Field(sa_type=UtcDateTime)
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SebEntry(SQLModel, table=True):
    """A log-in showed that it came with the exam's Safe Exam Browser. how: by a header or by the
    page."""

    __tablename__: ClassVar[str] = "seb_entries"

    login_id: str = Field(primary_key=True, max_length=36)
    exam_id: str = Field(foreign_key="exams.id", primary_key=True, max_length=36, index=True)
    how: str = Field(max_length=16, sa_column_kwargs=NOT_PERSONAL)
    checked_at: datetime = Field(sa_type=UtcDateTime)
