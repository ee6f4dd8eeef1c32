"""The review as documents: the queue, verdicts, release, appeals, and a faulty rule's dismissal."""

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path, Query

from proctor_app.api import review_schemas as schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.services.bulk_reviews import PER_REQUEST
from proctor_app.services.reviews import MAX_LIMIT, QueueFilter

router = APIRouter(prefix="/api/v1", tags=["review"], dependencies=[BEARER])
Id = Annotated[str, Path(max_length=36)]
RowId = Annotated[int, Path(ge=0, lt=2**31)]


@router.get("/review")
async def queue(
    context: Context,
    actor: CurrentActor,
    exam_id: Annotated[str, Query(max_length=36)] = "",
    kind: Annotated[str, Query(max_length=16)] = "",
    sort: Annotated[str, Query(max_length=16)] = "risk",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> schemas.QueueAnswer:
    """A page of the attempts that wait for a person, for proctors. kind: incidents, second, verdict
    or appeal. sort: risk, the lowest compliance first and the oldest where it is equal; or age, the
    oldest first."""
    wanted = QueueFilter(exam_id, kind, sort)
    return schemas.queue(await context.services.reviews.queue(actor, wanted, limit, cursor))


@router.post("/incidents/{incident_id}/verdict")
async def judge(
    incident_id: RowId, body: schemas.VerdictRequest, context: Context, actor: CurrentActor
) -> schemas.JudgedAnswer:
    """Say what an incident was; the answer has the attempt's new compliance. For proctors."""
    found = await context.services.reviews.judge(
        actor, incident_id, body.verdict, body.reason, body.category
    )
    return schemas.judged(found)


@router.post("/attempts/{attempt_id}/verdict")
async def judge_attempt(
    attempt_id: Id, body: schemas.VerdictRequest, context: Context, actor: CurrentActor
) -> schemas.AttemptAnswer:
    """Give an ended attempt its own verdict, which ends the review; with a reason. For proctors."""
    found = await context.services.reviews.judge_attempt(
        actor, attempt_id, body.verdict, body.reason, body.category
    )
    return schemas.attempt(found)


@router.post("/attempts/{attempt_id}/release")
async def release(
    attempt_id: Id,
    context: Context,
    actor: CurrentActor,
    body: schemas.ReleaseRequest | None = None,
) -> schemas.AttemptAnswer:
    """Show the candidate results, incidents and verdicts, or no more. For proctors."""
    reviews = context.services.reviews
    is_out = body.released if body else True
    found = await (reviews.release if is_out else reviews.take_back_release)(actor, attempt_id)
    return schemas.attempt(found)


@router.post("/attempts/{attempt_id}/appeal", status_code=201)
async def appeal(
    attempt_id: Id, body: schemas.AppealRequest, context: Context, actor: CurrentActor
) -> schemas.AppealDocument:
    """Object to what was released; for the candidate, one appeal at a time."""
    return schemas.appeal(await context.services.appeals.make(actor, attempt_id, body.text))


@router.post("/attempts/{attempt_id}/appeal/answer")
async def answer_appeal(
    attempt_id: Id, body: schemas.AppealAnswerRequest, context: Context, actor: CurrentActor
) -> schemas.AttemptAnswer:
    """Answer the open appeal; the candidate is shown the answer. For proctors."""
    found = await context.services.appeals.answer(actor, attempt_id, body.text, body.verdict)
    return schemas.attempt(found)


@router.post("/exams/{exam_id}/dismissals", status_code=201)
async def dismiss(
    exam_id: Id, body: schemas.DismissalRequest, context: Context, actor: CurrentActor
) -> schemas.DismissalAnswer:
    """Dismiss all incidents of a rule found faulty that nobody judged, some hundred attempts at a
    time: ask again with the answer's id until none remains. For proctors."""
    since = body.since
    if since is not None and since.tzinfo is None:
        since = since.replace(tzinfo=UTC)
    done = await context.services.bulk_reviews.dismiss(
        actor,
        exam_id,
        body.event_type,
        body.reason,
        since=since,
        bulk_id=body.id,
        at_most=PER_REQUEST,
    )
    return schemas.dismissal(done)


@router.get("/exams/{exam_id}/dismissals")
async def dismissals(
    exam_id: Id, context: Context, actor: CurrentActor
) -> schemas.DismissalsAnswer:
    """What was dismissed in one go, the newest first. For proctors."""
    return schemas.dismissals(await context.services.bulk_reviews.past(actor, exam_id))


@router.delete("/dismissals/{dismissal_id}")
async def undo(dismissal_id: Id, context: Context, actor: CurrentActor) -> schemas.DismissalAnswer:
    """Bring back what was dismissed in one go and nobody judged since, some hundred attempts at a
    time: ask again until none remains. For proctors."""
    bulk = context.services.bulk_reviews
    return schemas.dismissal(await bulk.undo(actor, dismissal_id, at_most=PER_REQUEST))
