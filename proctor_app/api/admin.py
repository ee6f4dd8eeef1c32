"""People, for admins: look through them, change their role and access, erase them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from proctor_app.api import admin_schemas as schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.domain.access import Role
from proctor_app.services.people import MAX_LIMIT, PeopleQuery

router = APIRouter(prefix="/api/v1/admin/users", tags=["people"], dependencies=[BEARER])
UserId = Annotated[str, Path(max_length=36)]


@router.get("")
def people(
    context: Context,
    actor: CurrentActor,
    search: Annotated[str, Query(max_length=100)] = "",
    role: Annotated[str, Query(max_length=16)] = "",
    state: Annotated[str, Query(max_length=20)] = "",
    sort: Annotated[str, Query(max_length=16)] = "name",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> schemas.PeopleAnswer:
    """A page of people; sort by name, email, created or role, with "-" before it downwards."""
    query = PeopleQuery(search, role, state, sort, limit, cursor)
    return schemas.people(context.services.people.page(actor, query))


@router.get("/{user_id}")
def one(user_id: UserId, context: Context, actor: CurrentActor) -> schemas.PersonDocument:
    return schemas.person(context.services.people.one(actor, user_id))


@router.patch("/{user_id}")
def change(
    user_id: UserId,
    context: Context,
    actor: CurrentActor,
    body: schemas.PersonChange | None = None,
) -> schemas.PersonDocument:
    """Change role or access; the person is logged out everywhere."""
    wanted = body or schemas.PersonChange()
    role = Role(wanted.role) if wanted.role else None
    found = context.services.people.change(actor, user_id, role=role, disabled=wanted.disabled)
    return schemas.person(found)


@router.post("/{user_id}/reset-face")
def reset_face(user_id: UserId, context: Context, actor: CurrentActor) -> schemas.PersonDocument:
    """Remove face template and photo; the person enrols again."""
    return schemas.person(context.services.people.reset_face(actor, user_id))


@router.post("/{user_id}/reset-second-factor")
def reset_second_factor(
    user_id: UserId, context: Context, actor: CurrentActor
) -> schemas.PersonDocument:
    """Forget the second factor, as where a phone was lost; ends the person's sessions."""
    return schemas.person(context.services.people.reset_second_factor(actor, user_id))


@router.post("/{user_id}/end-sessions")
def end_sessions(user_id: UserId, context: Context, actor: CurrentActor) -> schemas.PersonDocument:
    """Log the person out everywhere."""
    return schemas.person(context.services.people.end_sessions(actor, user_id))


@router.delete("/{user_id}")
def erase(user_id: UserId, context: Context, actor: CurrentActor) -> schemas.PersonDocument:
    """Erase the person for good; 409 while an attempt runs, 503 if a picture could not go yet."""
    return schemas.person(context.services.erasure.erase(actor, user_id))
