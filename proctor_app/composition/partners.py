"""Other installations: those that are told (webhooks) and those that send people (LTI)."""

from typing import TypedDict

from proctor_app.composition.ground import Ground, Records
from proctor_app.services import lti
from proctor_app.services.logins import Logins
from proctor_app.services.outgoing import Outgoing
from proctor_app.services.webhook_sender import WebhookSender
from proctor_app.services.webhooks import Webhooks


class Partners(TypedDict):
    webhook_sender: WebhookSender
    webhooks: Webhooks
    lti: lti.Lti


def build_partners(ground: Ground, records: Records, logins: Logins) -> Partners:
    database, vault, throttle = ground.database, ground.vault, ground.throttle
    audit, clock, allowed = ground.audit, ground.clock, ground.settings.outgoing_allowed
    sender = WebhookSender(database, Outgoing(allowed), vault, audit, clock)
    return Partners(
        webhook_sender=sender,
        webhooks=Webhooks(database, sender, vault, ground.cursors, throttle, audit, clock),
        lti=lti.build(
            database,
            records.versions,
            records.joining,
            logins,
            vault,
            throttle,
            audit,
            clock,
            ground.site,
            Outgoing(allowed),
        ),
    )
