"""What the outbox no longer needs goes, some rows at a time, so that nobody waits for it long."""

from contextlib import suppress
from datetime import datetime, timedelta

from proctor_app.db.repositories.webhooks import DeliveryRows, WebhookRows
from proctor_app.db.session import AlreadyThere, Database
from proctor_app.domain.webhook import GIVE_UP_AFTER
from proctor_app.services.again import again

KEPT = timedelta(days=30)
"""How long the log of deliveries shows what has been sent or given up."""
LATE = timedelta(hours=1)
"""After a webhook was deleted nobody can still be writing a message to it; its row goes then."""
_AT_ONCE = 500


def sweep(database: Database, now: datetime) -> None:
    """Remove what ended long ago and what deleted webhooks leave, and give up what waits for one
    that is paused too long."""
    while _swept(database, now) == _AT_ONCE:
        pass
    with database.read() as session:
        deleted = WebhookRows(session).deleted(now - LATE)
    for webhook_id in deleted:
        # A message that came late goes the next time, and the webhook after it.
        with suppress(AlreadyThere), database.write() as session:
            WebhookRows(session).remove(webhook_id)


@again
def _swept(database: Database, now: datetime) -> int:
    """The most rows of one kind."""
    with database.write() as session:
        rows = DeliveryRows(session)
        return max(
            rows.drop_paused(now, now - GIVE_UP_AFTER, _AT_ONCE),
            rows.remove_ended(now - KEPT, _AT_ONCE),
            rows.remove_of_deleted(_AT_ONCE),
        )
