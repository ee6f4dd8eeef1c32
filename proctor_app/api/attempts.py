"""Attempts as documents: the live list, one sheet with its answers, handing it in, ending it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from proctor_app.api import attempt_schemas as schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.api.review_schemas import IncidentsAnswer
from proctor_app.api.review_schemas import incidents as incident_answer
from proctor_app.api.schemas import Message, StopAnswer
from proctor_app.domain.attempt import OPEN
from proctor_app.services.attempt_list import MAX_LIMIT
from proctor_app.services.incident_list import MAX_LIMIT as MAX_INCIDENTS

router = APIRouter(prefix="/api/v1/attempts", tags=["attempts"], dependencies=[BEARER])
AttemptId = Annotated[str, Path(max_length=36)]
QuestionId = Annotated[str, Path(max_length=36)]


@router.get("")
def attempts(
    context: Context,
    actor: CurrentActor,
    status: Annotated[str, Query(max_length=20)] = "",
    exam_id: Annotated[str, Query(max_length=36)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> schemas.AttemptsAnswer:
    """A page of the attempts that are the caller's to watch, newest first; for proctors."""
    found = context.services.attempt_list.page(actor, status, exam_id, limit, cursor)
    return schemas.attempts(found)


@router.get("/{attempt_id}")
async def one(
    attempt_id: AttemptId, context: Context, actor: CurrentActor
) -> schemas.AttemptDocument:
    """The sheet with its questions and answers, for the candidate and the exam's proctors; for
    these with the marks as well, once it has ended."""
    sitting, sessions = context.services.sitting, context.services.sessions
    paper = await sitting.paper(actor, attempt_id)
    found = paper.attempt
    summary = await sessions.summary(actor, found.user_id, attempt_id)
    score = await sitting.score(actor, found)
    is_marker = actor.user_id != found.user_id and found.status not in OPEN
    result = await sitting.result(actor, attempt_id) if is_marker else None
    return schemas.attempt(paper, summary.compliance.value, score, result)


@router.put("/{attempt_id}/answers/{question_id}")
async def save(
    attempt_id: AttemptId,
    question_id: QuestionId,
    body: schemas.SaveRequest,
    context: Context,
    actor: CurrentActor,
) -> schemas.SaveAnswer:
    """Save an answer while the attempt runs; it is kept when this answers. 409 after the end."""
    saved = await context.services.sitting.save(
        actor, attempt_id, question_id, body.sent_value,
        flagged=body.flagged, seq=body.seq, kept=body.kept, holder=body.holder,
    )  # fmt: skip
    return schemas.SaveAnswer(saved=True, remaining_s=saved.remaining_s, seq=saved.seq)


@router.post("/{attempt_id}/submit")
async def submit(
    attempt_id: AttemptId,
    context: Context,
    actor: CurrentActor,
    body: schemas.SubmitRequest | None = None,
) -> schemas.SubmitAnswer:
    """Hand the attempt in. Handed in again, the answer is the same."""
    sitting = context.services.sitting
    ended = await sitting.submit(actor, attempt_id, body.holder if body else "")
    score = await sitting.score(actor, ended)
    return schemas.SubmitAnswer(status=ended.status.value, score=score, receipt=ended.receipt)


@router.post("/{attempt_id}/message")
async def message(
    attempt_id: AttemptId, body: schemas.MessageRequest, context: Context, actor: CurrentActor
) -> Message:
    """Say something to the candidate, or as the candidate to the proctors; it is kept. A warning,
    of proctors alone, stands on the candidate's page until they have read it."""
    sitting, warn = context.services.sitting, body.kind == "warning"
    await sitting.send_message(actor, attempt_id, body.text, warn=warn)
    return Message(message="The message was sent.")


@router.post("/{attempt_id}/terminate")
async def terminate(
    attempt_id: AttemptId, body: schemas.TerminateRequest, context: Context, actor: CurrentActor
) -> StopAnswer:
    """End the attempt for a reason that the candidate is told; for its proctors."""
    ended = await context.services.sessions.terminate(actor, attempt_id, body.reason)
    return StopAnswer(message="The attempt was ended.", status=ended.status.value)


@router.get("/{attempt_id}/incidents")
async def incidents(
    attempt_id: AttemptId,
    context: Context,
    actor: CurrentActor,
    limit: Annotated[int, Query(ge=1, le=MAX_INCIDENTS)] = MAX_INCIDENTS,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> IncidentsAnswer:
    """A page of the attempt's incidents, oldest first: for its proctors, and for the candidate once
    the results are released."""
    found = await context.services.incident_list.of(actor, attempt_id, limit, cursor)
    return incident_answer(found)
