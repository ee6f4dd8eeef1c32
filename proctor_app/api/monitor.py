"""What other clients tell of the caller's open attempt; kept as their claims."""

from fastapi import APIRouter

from proctor_app.api import signal_schemas as schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor

router = APIRouter(prefix="/api", tags=["monitoring"], dependencies=[BEARER])


@router.post("/monitor/face_log")
async def face_log(body: schemas.FaceLog, context: Context, actor: CurrentActor) -> schemas.Saved:
    """Two faces in a row that were not recognised are a notice for the proctors."""
    signals = context.services.browser_signals
    kept = await signals.keep_open(actor, [schemas.face_claim(body)], "face_log")
    return schemas.Saved(saved=kept.saved)


@router.post("/monitor/tab_event")
async def tab_event(body: schemas.TabEvent, context: Context, actor: CurrentActor) -> schemas.Saved:
    """saved is 0 for a seq that is kept already."""
    signals = context.services.browser_signals
    kept = await signals.keep_open(actor, [schemas.tab_claim(body)], "tab_event")
    return schemas.Saved(saved=kept.saved)


@router.post("/proctor/events")
async def events(
    body: schemas.ProctorEvents, context: Context, actor: CurrentActor
) -> schemas.Saved:
    """A batch from a client that was offline; reasons that are not known stay as they are said."""
    signals = context.services.browser_signals
    kept = await signals.keep_open(actor, schemas.event_claims(body), "events")
    return schemas.Saved(saved=kept.saved)
