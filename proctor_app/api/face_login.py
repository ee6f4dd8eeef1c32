"""Log-in by face: ask for a challenge, answer it with frames; and the pages' way to a cookie."""

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from proctor_app import cookies
from proctor_app.api import schemas
from proctor_app.api.auth import HOME
from proctor_app.api.dependencies import ClientOrigin, Context
from proctor_app.services.face_login import MAX_FRAMES
from proctor_app.vision.frame import FRAME_LIMITS

router = APIRouter(prefix="/api/v1/auth", tags=["accounts"])
pages_router = APIRouter(tags=["accounts"])


class FaceChallengeRequest(BaseModel):
    email: str = Field(max_length=254)


class FaceChallengeAnswer(BaseModel):
    """action: turn_left or turn_right (the person's own side), blink, open_mouth; expires_in: s."""

    challenge_id: str
    action: str
    expires_in: int


@router.post("/login/face/challenge")
def ask(
    context: Context, origin: ClientOrigin, request: FaceChallengeRequest
) -> FaceChallengeAnswer:
    """Ask what to do before the camera; the same answer whether or not there is such an account."""
    asked = context.services.face_login.challenge(request.email, origin)
    return FaceChallengeAnswer(
        challenge_id=asked.challenge_id,
        action=asked.action.value,
        expires_in=asked.expires_in_s,
    )


@router.post("/login/face")
async def log_in(
    context: Context,
    origin: ClientOrigin,
    email: Annotated[str, Form(max_length=254)],
    challenge_id: Annotated[str, Form(max_length=36)],
    image: Annotated[
        list[UploadFile],
        File(
            description="JPEG or PNG frames in order: look at the camera, action, look back",
            max_length=MAX_FRAMES,
        ),
    ],
) -> schemas.Token:
    """Log in by face, for the API; sets no cookie."""
    frames = [await file.read(FRAME_LIMITS.max_bytes + 1) for file in image]
    found = await context.services.face_login.verify(email, challenge_id, frames, origin)
    return schemas.Token(
        access_token=found.token,
        id=found.account.id,
        role=found.account.role.value,
        expires_in=found.expires_in_s,
    )


@pages_router.post("/login/face/session", status_code=303, response_class=RedirectResponse)
def enter(
    context: Context,
    origin: ClientOrigin,
    ticket: Annotated[str, Form(max_length=64)],
) -> RedirectResponse:
    """Change a page's one-use ticket for the session cookie; leads to the first page."""
    found = context.services.face_login.enter(ticket, origin)
    response = RedirectResponse(HOME[found.account.role], 303)
    response.set_cookie(
        cookies.NAME,
        found.token,
        max_age=found.expires_in_s,
        httponly=True,
        samesite="lax",
        secure=context.secure_cookies,
    )
    return response
