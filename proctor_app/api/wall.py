"""The newest pictures of a page of the live wall, in one answer."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from proctor_app.api.dependencies import BEARER, Context, CurrentActor

router = APIRouter(prefix="/api/v1/wall", tags=["monitoring"], dependencies=[BEARER])
_BINARY = "application/octet-stream"
_KEPT_NOWHERE = {
    "Cache-Control": "no-store, private",
    "Vary": "Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/pictures", response_class=Response, responses={200: {"content": {_BINARY: {}}}})
async def pictures(
    context: Context,
    actor: CurrentActor,
    ids: Annotated[str, Query(max_length=3700)] = "",
    seen: Annotated[str, Query(max_length=1700)] = "",
) -> Response:
    """Thumbnails of at most 100 attempts, for their proctors; only pictures whose numbers are not
    the ones seen. Four bytes give the length of a JSON head, which tells what follows it."""
    found = await context.services.wall_pictures.newer(actor, ids, seen)
    return Response(found, media_type=_BINARY, headers=_KEPT_NOWHERE)
