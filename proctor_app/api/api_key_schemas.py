"""What the routes about API keys take and answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from proctor_app.clock import iso
from proctor_app.domain.scopes import Scope
from proctor_app.services.api_keys import (
    MAX_DAYS,
    MAX_NAME,
    MAX_PER_DAY,
    MAX_PER_MINUTE,
    KeyView,
    MadeKey,
    NewKey,
)


class NewKeyBody(BaseModel):
    """expires_in_days: null for a key that does not expire. per_day: requests from midnight to
    midnight in UTC, 0 for no quota."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_in_days: Annotated[int, Field(ge=1, le=MAX_DAYS)] | None = 90
    per_minute: Annotated[int, Field(ge=1, le=MAX_PER_MINUTE)] = 120
    per_day: Annotated[int, Field(ge=0, le=MAX_PER_DAY)] = 10_000

    def wanted(self) -> NewKey:
        return NewKey(
            self.name, tuple(self.scopes), self.expires_in_days, self.per_minute, self.per_day
        )


class KeyDocument(BaseModel):
    """prefix: the beginning of the key, to recognise it by. state: owner_out where its owner may
    use none now. used_today: requests since midnight in UTC."""

    id: str
    name: str
    prefix: str
    owner_id: str
    owner: str
    scopes: list[Scope]
    state: Literal["active", "expired", "revoked", "owner_out"]
    per_minute: int
    per_day: int
    used_today: int
    created_at: str
    expires_at: str | None
    last_used_at: str | None


class MadeKeyAnswer(KeyDocument):
    """key: the key itself. Keep it now: nobody can show it again."""

    key: str


class KeysAnswer(BaseModel):
    items: list[KeyDocument]


def key(view: KeyView) -> KeyDocument:
    return KeyDocument(
        id=view.id,
        name=view.name,
        prefix=view.prefix,
        owner_id=view.owner_id,
        owner=view.owner,
        scopes=list(view.scopes),
        state=view.state,
        per_minute=view.per_minute,
        per_day=view.per_day,
        used_today=view.used_today,
        created_at=iso(view.created_at),
        expires_at=iso(view.expires_at) if view.expires_at else None,
        last_used_at=iso(view.last_used_at) if view.last_used_at else None,
    )


def made(found: MadeKey) -> MadeKeyAnswer:
    return MadeKeyAnswer(**key(found.view).model_dump(), key=found.key)
