"""One's own account: what is held about its holder, the face, and the wish to be erased."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import StreamingResponse

from proctor_app.api import schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.api.negotiation import KnownFirstRoute
from proctor_app.api.photos import Photos, read_photos
from proctor_app.clock import iso

router = APIRouter(
    prefix="/api/v1/me",
    tags=["own data"],
    dependencies=[BEARER],
    route_class=KnownFirstRoute,
)


@router.get(
    "/export",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "A ZIP archive"}},
)
def export(context: Context, actor: CurrentActor) -> StreamingResponse:
    """Everything held about the caller: data.json, pictures, and a README in plain words."""
    made = context.services.own_data.export(actor)
    headers = {
        "Cache-Control": "no-store, private",
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Content-Length": str(made.size_bytes),
    }
    return StreamingResponse(made.chunks(), media_type="application/zip", headers=headers)


@router.post("/erasure-request")
def request_erasure(context: Context, actor: CurrentActor) -> schemas.ErasureRequest:
    """Ask for the account to be erased; an admin carries it out. Asking again changes nothing."""
    since = context.services.own_data.request_erasure(actor)
    return schemas.ErasureRequest(message="An admin will carry it out.", requested_at=iso(since))


@router.delete("/erasure-request")
def withdraw_erasure(context: Context, actor: CurrentActor) -> schemas.Message:
    """Take the request back."""
    context.services.own_data.withdraw_erasure(actor)
    return schemas.Message(message="The request was taken back.")


@router.post("/face")
async def enrol_face(
    context: Context,
    actor: CurrentActor,
    image: Photos,
    password: Annotated[str, Form(max_length=1024)] = "",
) -> schemas.Message:
    """Enrol the caller's face again, where none of the present kind is there. The password may be
    left out for an account that a learning platform made and that has none; its log-in must then
    be of the last ten minutes."""
    photos = await read_photos(image)
    await context.services.enrolment.enrol(actor, password, photos)
    return schemas.Message(message="Your face is enrolled.")


@router.delete("/face")
def remove_face(context: Context, actor: CurrentActor) -> schemas.Message:
    """Remove the caller's face data: face log-in and identity checks end with them."""
    context.services.enrolment.remove(actor)
    return schemas.Message(message="Your face data was removed.")
