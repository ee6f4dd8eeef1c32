"""Exam sessions: start, stop, look. {user_id} is the candidate."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from proctor_app.api import schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.api.origin import origin_of
from proctor_app.api.seb import shown_by

router = APIRouter(prefix="/api/v1/exam", tags=["exam sessions"], dependencies=[BEARER])
pictures_router = APIRouter(prefix="/api/v1", tags=["pictures"], dependencies=[BEARER])
RowId = Annotated[int, Path(le=2**31 - 1)]
AttemptId = Annotated[str, Query(max_length=36)]
_NO_STORE = {"Cache-Control": "no-store, private", "X-Content-Type-Options": "nosniff"}


@router.post("/start/{user_id}")
async def start(
    user_id: str,
    request: Request,
    context: Context,
    actor: CurrentActor,
    body: schemas.StartRequest | None = None,
) -> schemas.StartAnswer:
    """Start monitoring, or return the open attempt with a fresh ticket for the WebSocket.

    A client that calls this accepts the notice on behalf of the candidate; that is recorded. An
    exam in Safe Exam Browser asks for the two headers of that browser on this very request, its
    address with `?for=` and the `Proctor-Seb-For` that this log-in got with the exam's file.
    """
    exam_code = (body.exam_code if body else None) or ""
    services, shown, asked_at = context.services, shown_by(request), origin_of(request)
    await run_in_threadpool(services.seb.arrive, actor, user_id, exam_code, shown, asked_at)
    answer = await services.sessions.start(actor, user_id, exam_code)
    scheme = "wss" if request.url.scheme == "https" else "ws"
    return schemas.started(answer, f"{scheme}://{request.url.netloc}")


@router.post("/stop/{user_id}")
async def stop(user_id: str, context: Context, actor: CurrentActor) -> schemas.StopAnswer:
    attempt = await context.services.sessions.stop(actor, user_id)
    return schemas.StopAnswer(message="Monitoring has ended.", status=attempt.status.value)


@router.post("/pause/{user_id}")
async def pause(
    user_id: str,
    context: Context,
    actor: CurrentActor,
    body: schemas.ReasonRequest | None = None,
) -> schemas.StopAnswer:
    """Stop monitoring and the candidate's clock: a proctor, or where the exam lets candidates."""
    reason = body.reason if body else ""
    attempt = await context.services.sessions.pause(actor, user_id, reason)
    return schemas.StopAnswer(message="The exam is paused.", status=attempt.status.value)


@router.post("/resume/{user_id}")
async def resume(user_id: str, context: Context, actor: CurrentActor) -> schemas.StopAnswer:
    """Let a paused attempt go on; what a proctor paused only a proctor lets go on."""
    attempt = await context.services.sessions.resume(actor, user_id)
    return schemas.StopAnswer(message="The exam goes on.", status=attempt.status.value)


@router.post("/clear-logs/{user_id}")
def clear_logs(
    user_id: str, context: Context, actor: CurrentActor, attempt_id: AttemptId = ""
) -> schemas.ClearAnswer:
    """Hide the incidents of the latest attempt, or the one named: for proctors, and audited."""
    count = context.services.clearing.clear(actor, user_id, attempt_id)
    return schemas.ClearAnswer(message="The incidents are hidden.", deleted_count=count)


@router.post("/restore-logs/{user_id}")
def restore_logs(
    user_id: str, context: Context, actor: CurrentActor, attempt_id: AttemptId = ""
) -> schemas.ClearAnswer:
    """Show again what was hidden: for proctors, and audited."""
    count = context.services.clearing.restore(actor, user_id, attempt_id)
    return schemas.ClearAnswer(message="The incidents are shown again.", deleted_count=count)


@router.get("/session/{user_id}")
async def session(user_id: str, context: Context, actor: CurrentActor) -> schemas.SessionAnswer:
    """The open attempt, else the last one."""
    return schemas.session(await context.services.sessions.latest(actor, user_id))


@router.get("/summary/{user_id}")
async def summary(
    user_id: str, context: Context, actor: CurrentActor, attempt_id: str | None = None
) -> schemas.SummaryAnswer:
    """Sum up the latest attempt, or the one named; changes nothing."""
    return schemas.summary(await context.services.sessions.summary(actor, user_id, attempt_id))


@pictures_router.get(
    "/attempts/{attempt_id}/picture",
    response_class=Response,
    responses={204: {"description": "No picture yet"}},
)
async def last_picture(attempt_id: str, context: Context, actor: CurrentActor) -> Response:
    """The newest analysed frame of a running attempt, for proctors; 204 while there is none."""
    picture = await context.services.sessions.last_picture(actor, attempt_id)
    if picture is None:
        return Response(status_code=204, headers=_NO_STORE)
    return Response(picture.data, media_type=picture.media_type, headers=_NO_STORE)


@pictures_router.get("/incidents/{incident_id}/evidence/{n}", response_class=Response)
async def evidence(incident_id: RowId, n: RowId, context: Context, actor: CurrentActor) -> Response:
    """An incident's picture, n from 0, for proctors."""
    picture = await context.services.sessions.evidence(actor, incident_id, n)
    return Response(picture, media_type="image/jpeg", headers=_NO_STORE)
