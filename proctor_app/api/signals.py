"""What the exam page tells of its browser."""

from fastapi import APIRouter

from proctor_app.api import signal_schemas as schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor

router = APIRouter(prefix="/api/v1/attempts", tags=["attempts"], dependencies=[BEARER])


@router.post("/{attempt_id}/signals")
async def signals(
    attempt_id: str,
    context: Context,
    actor: CurrentActor,
    body: schemas.Signals | None = None,
) -> schemas.SavedSignals:
    """Keep each seq once, in the order sent; without events a sign of life."""
    body = body or schemas.Signals()
    keep = context.services.browser_signals.keep
    kept = await keep(actor, attempt_id, schemas.signal_claims(body), "page", body.holder)
    return schemas.saved_signals(kept)
