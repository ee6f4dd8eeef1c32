"""What the admins' routes take and answer."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from proctor_app.clock import iso
from proctor_app.services.people import PeoplePage, PersonView


class PersonDocument(BaseModel):
    """state: active, disabled, locked (the face log-in), erasure_requested or erased."""

    id: str
    email: str
    name: str
    role: str
    state: str
    created_at: str
    last_login_at: str | None
    has_face: bool
    has_second_factor: bool


class PeopleAnswer(BaseModel):
    """next, previous: cursors, null where the list ends. total is counted up to 10,000."""

    items: list[PersonDocument]
    next: str | None
    previous: str | None
    total: int


class PersonChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["student", "proctor", "admin"] | None = None
    disabled: bool | None = None


def person(view: PersonView) -> PersonDocument:
    return PersonDocument(
        id=view.id,
        email=view.email,
        name=view.name,
        role=view.role.value,
        state=view.state,
        created_at=iso(view.created_at),
        last_login_at=iso(view.last_login_at) if view.last_login_at else None,
        has_face=view.has_face,
        has_second_factor=view.has_second_factor,
    )


def people(page: PeoplePage) -> PeopleAnswer:
    return PeopleAnswer(
        items=[person(item) for item in page.items],
        next=page.next or None,
        previous=page.previous or None,
        total=page.total,
    )
