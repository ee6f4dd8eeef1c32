"""Keys of machines: admins make and revoke them in person, a key can ask about itself."""

from typing import Annotated

from fastapi import APIRouter, Path

from proctor_app.api import api_key_schemas as schemas
from proctor_app.api.dependencies import BEARER, AdminActor, Context, CurrentActor

router = APIRouter(prefix="/api/v1", tags=["API keys"], dependencies=[BEARER])
KeyId = Annotated[str, Path(max_length=36)]


@router.get("/admin/api-keys")
def keys(context: Context, actor: CurrentActor) -> schemas.KeysAnswer:
    """Every key that opens something, then the newest hundred that no longer do."""
    found = context.services.api_keys.all(actor)
    return schemas.KeysAnswer(items=[schemas.key(view) for view in found])


@router.post("/admin/api-keys", status_code=201)
def create(context: Context, actor: AdminActor, body: schemas.NewKeyBody) -> schemas.MadeKeyAnswer:
    """Make a key that acts for the caller; `key` is shown here and never again."""
    return schemas.made(context.services.api_keys.create(actor, body.wanted()))


@router.delete("/admin/api-keys/{key_id}")
def revoke(key_id: KeyId, context: Context, actor: CurrentActor) -> schemas.KeyDocument:
    """Let a key, whoever made it, open nothing any more; for good."""
    return schemas.key(context.services.api_keys.revoke(actor, key_id))


@router.get("/key")
def own(context: Context, actor: CurrentActor) -> schemas.KeyDocument:
    """What the key that is asked with may, its limits, and its use today; 404 for a person."""
    return schemas.key(context.services.api_keys.own(actor))
