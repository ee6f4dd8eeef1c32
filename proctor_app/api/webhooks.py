"""Webhooks: admins say which systems are told of what, and see what was sent."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from proctor_app.api import webhook_schemas as schemas
from proctor_app.api.dependencies import BEARER, AdminActor, Context, CurrentActor
from proctor_app.services.webhook_views import DeliveryQuery
from proctor_app.services.webhooks import MAX_LIMIT

router = APIRouter(prefix="/api/v1/admin/webhooks", tags=["webhooks"], dependencies=[BEARER])
WebhookId = Annotated[str, Path(max_length=36)]
DeliveryId = Annotated[str, Path(max_length=36)]


@router.get("")
def webhooks(context: Context, actor: CurrentActor) -> schemas.WebhooksAnswer:
    """Every webhook with its health, the oldest first."""
    found = context.services.webhooks.all(actor)
    return schemas.WebhooksAnswer(items=[schemas.webhook(view) for view in found])


@router.post("", status_code=201)
def create(
    context: Context, actor: AdminActor, body: schemas.WebhookBody
) -> schemas.MadeWebhookAnswer:
    """Make a webhook; `secret` is shown here and never again."""
    return schemas.made(context.services.webhooks.create(actor, body.terms()))


@router.patch("/{webhook_id}")
def change(
    webhook_id: WebhookId, context: Context, actor: AdminActor, body: schemas.WebhookChange
) -> schemas.WebhookDocument:
    """Change a webhook, pause it or let it go on; what waits is tried at once then."""
    service = context.services.webhooks
    terms = body.terms(service.one(actor, webhook_id))
    return schemas.webhook(service.change(actor, webhook_id, terms, is_paused=body.paused))


@router.delete("/{webhook_id}", status_code=204, response_class=Response)
def delete(webhook_id: WebhookId, context: Context, actor: CurrentActor) -> None:
    """Remove a webhook with its log; what waits is sent to nobody."""
    context.services.webhooks.delete(actor, webhook_id)


@router.post("/{webhook_id}/secret")
def rotate(
    webhook_id: WebhookId, context: Context, actor: CurrentActor
) -> schemas.MadeWebhookAnswer:
    """Make another secret; the old one signs nothing from this moment on."""
    return schemas.made(context.services.webhooks.rotate(actor, webhook_id))


@router.post("/{webhook_id}/test")
async def test(
    webhook_id: WebhookId, context: Context, actor: CurrentActor
) -> schemas.DeliveryDocument:
    """Send a test message now, once, and say how it went."""
    return schemas.delivery(await context.services.webhooks.test(actor, webhook_id))


@router.get("/{webhook_id}/deliveries")
def deliveries(
    webhook_id: WebhookId,
    context: Context,
    actor: CurrentActor,
    state: Annotated[str, Query(max_length=12)] = "",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> schemas.DeliveriesAnswer:
    """A page of its log; state: waiting, delivered, failed, dropped, or all."""
    query = DeliveryQuery(state, limit, cursor)
    return schemas.deliveries(context.services.webhooks.deliveries(actor, webhook_id, query))


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=201)
def redeliver(
    webhook_id: WebhookId, delivery_id: DeliveryId, context: Context, actor: CurrentActor
) -> schemas.DeliveryDocument:
    """Send the same body once more, as a delivery of its own."""
    found = context.services.webhooks.redeliver(actor, webhook_id, delivery_id)
    return schemas.delivery(found)
