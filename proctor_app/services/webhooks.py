"""Webhooks as admins set them up, and the log of what was sent to them."""

import asyncio
import secrets
import uuid
from dataclasses import replace
from datetime import timedelta

from proctor_app.clock import Clock
from proctor_app.db.partner_tables import Webhook, WebhookDelivery
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.webhooks import DeliveryRows, WebhookRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.webhook import KINDS, DeliveryState, Kind
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services import outbox
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.audit import Audit
from proctor_app.services.cursors import Cursors
from proctor_app.services.judging import hold
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.vault import Vault
from proctor_app.services.webhook_sender import Job, WebhookSender
from proctor_app.services.webhook_views import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryView,
    MadeWebhook,
    WebhookTerms,
    WebhookView,
    delivery_view,
    webhook_view,
)

MOST = 20
MAX_LIMIT = 100
MAX_DESCRIPTION = 120
_SECRET_BYTES = 32
_CURSOR = "deliveries"


class Webhooks:
    """For admins alone: every method raises NotAllowed, and NotFound ("no_webhook")."""

    def __init__(
        self,
        database: Database,
        sender: WebhookSender,
        vault: Vault,
        cursors: Cursors,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._sender = sender
        self._vault = vault
        self._cursors = cursors
        self._throttle = throttle
        self._audit = audit
        self._clock = clock

    def all(self, actor: Actor) -> tuple[WebhookView, ...]:
        """The oldest first."""
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            rows = WebhookRows(session)
            found, waiting = rows.all(), DeliveryRows(session).waiting()
            titles = rows.exam_titles({one.exam_id for one in found if one.exam_id})
            return tuple(_seen(session, row, titles, waiting.get(row.id, 0)) for row in found)

    def one(self, actor: Actor, webhook_id: str) -> WebhookView:
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            row = WebhookRows(session).by_id(webhook_id)
            if row is None:
                raise _no_webhook()
            return _view(session, row)

    def create(self, actor: Actor, terms: WebhookTerms) -> MadeWebhook:
        """Make one with a secret of its own. Raises Invalid (an address that must not be asked,
        "events_missing", "event_unknown", "description_invalid", "exam_unknown"), Conflict
        ("too_many_webhooks")."""
        allow(actor, Action.ADMINISTER)
        wanted, now, secret = self._checked(terms), self._clock(), _new_secret()
        with self._database.write() as session:
            rows = WebhookRows(session)
            if rows.count() >= MOST:
                raise Conflict("too_many_webhooks", f"There are {MOST} webhooks already.")
            _exam_must_stay(session, wanted.exam_id)
            row = Webhook(
                id=str(uuid.uuid4()),
                url=wanted.url,
                description=wanted.description,
                events=" ".join(wanted.kinds),
                exam_id=wanted.exam_id,
                secret=self._vault.seal(secret.encode()),
                created_by=actor.user_id,
                created_at=now,
                updated_at=now,
            )
            rows.add(row)
            self._note(session, actor, "webhook.created", row)
            return MadeWebhook(_view(session, row), secret)

    @again
    def change(
        self,
        actor: Actor,
        webhook_id: str,
        terms: WebhookTerms | None = None,
        *,
        is_paused: bool | None = None,
    ) -> WebhookView:
        """New terms, or a pause or its end; what waits is sent to the new address, at once. None
        leaves it as it is. Raises Invalid as ``create``."""
        allow(actor, Action.ADMINISTER)
        wanted = self._checked(terms) if terms is not None else None
        with self._database.write() as session:
            if wanted is not None:
                _exam_must_stay(session, wanted.exam_id)
            row = _held(session, webhook_id)
            if wanted is not None:
                self._set_terms(session, actor, row, wanted)
            if is_paused is not None and is_paused != (row.paused_at is not None):
                row.paused_at = self._clock() if is_paused else None
                self._begin_anew(session, row)
                word = "webhook.paused" if is_paused else "webhook.resumed"
                self._note(session, actor, word, row)
            return _view(session, row)

    @again
    def delete(self, actor: Actor, webhook_id: str) -> None:
        """With its deliveries; what waits is sent to nobody. The rows go afterwards: whoever is
        writing a message to it now is not to fail."""
        allow(actor, Action.ADMINISTER)
        with self._database.write() as session:
            row = _held(session, webhook_id)
            row.deleted_at = self._clock()
            self._note(session, actor, "webhook.deleted", row)

    @again
    def rotate(self, actor: Actor, webhook_id: str) -> MadeWebhook:
        """Make another secret; the old one signs nothing from this moment on."""
        allow(actor, Action.ADMINISTER)
        secret = _new_secret()
        with self._database.write() as session:
            row = _held(session, webhook_id)
            row.secret, row.updated_at = self._vault.seal(secret.encode()), self._clock()
            self._note(session, actor, "webhook.secret_rotated", row)
            return MadeWebhook(_view(session, row), secret)

    async def test(self, actor: Actor, webhook_id: str) -> DeliveryView:
        """Send a test now, once, to a paused one as well; how it went. Raises Throttled."""
        allow(actor, Action.ADMINISTER)
        self._throttle.hit(Limit.WEBHOOK_TEST, actor.user_id)
        job = await asyncio.to_thread(self._begin_test, actor, webhook_id)
        await self._sender.send(job)
        return await asyncio.to_thread(self._delivery, job.number)

    def deliveries(self, actor: Actor, webhook_id: str, query: DeliveryQuery) -> DeliveryPage:
        """A page of its log. Raises Invalid for an unknown state or cursor."""
        allow(actor, Action.ADMINISTER)
        if query.state and query.state not in set(DeliveryState):
            raise Invalid("state_unknown", f"A state is {', '.join(DeliveryState)}.")
        limit = max(1, min(query.limit, MAX_LIMIT))
        place = [webhook_id, query.state]
        before = self._before(place, query.cursor) if query.cursor else None
        with self._database.read() as session:
            if WebhookRows(session).by_id(webhook_id) is None:
                raise _no_webhook()
            found = DeliveryRows(session).page(webhook_id, query.state, before, limit + 1)
        more, found = len(found) > limit, found[:limit]
        last = self._cursors.seal(_CURSOR, [*place, str(found[-1].number)]) if more else ""
        return DeliveryPage(tuple(delivery_view(one) for one in found), last)

    @again
    def redeliver(self, actor: Actor, webhook_id: str, delivery_id: str) -> DeliveryView:
        """Send once more what was delivered or given up, as a delivery of its own with the same
        body. Raises NotFound ("no_delivery"), Conflict ("delivery_waiting")."""
        allow(actor, Action.ADMINISTER)
        with self._database.write() as session:
            rows = DeliveryRows(session)
            found = rows.by_id(delivery_id)
            if found is not None and found.attempt_id:
                hold(session, found.attempt_id)  # an erasure comes wholly before this, or after
                found = rows.by_number(found.number or 0)
            _held(session, webhook_id)
            if found is None or found.webhook_id != webhook_id:
                raise NotFound("no_delivery", "There is no such delivery.")
            if found.state == DeliveryState.WAITING:
                raise Conflict("delivery_waiting", "This delivery is still to be sent.")
            repeated = _repeated(found)
            repeated.created_at = repeated.due_at = self._clock()
            rows.add([repeated])
            self._audit.note(
                session, actor, "webhook.redelivered", "webhook", webhook_id, delivery=delivery_id
            )
            return delivery_view(repeated)

    def _begin_test(self, actor: Actor, webhook_id: str) -> Job:
        """The row of a test, claimed at once: nobody else is to send it."""
        now = self._clock()
        with self._database.write() as session:
            webhook = _held(session, webhook_id)
            row = outbox.message(webhook_id, Kind.TEST, now, {})
            row.tries, row.tried_at = 1, now
            row.claimed_until = now + timedelta(seconds=self._sender.pace.claim_s)
            DeliveryRows(session).add([row])
            self._note(session, actor, "webhook.tested", webhook)
            return self._sender.claimed(row, webhook)

    def _delivery(self, number: int) -> DeliveryView:
        with self._database.read() as session:
            found = DeliveryRows(session).by_number(number)
            if found is None or WebhookRows(session).by_id(found.webhook_id) is None:
                raise _no_webhook()
        return delivery_view(found)

    def _set_terms(
        self, session: Transaction, actor: Actor, row: Webhook, wanted: WebhookTerms
    ) -> None:
        is_elsewhere = wanted.url != row.url
        row.url, row.description = wanted.url, wanted.description
        row.events, row.exam_id = " ".join(wanted.kinds), wanted.exam_id
        row.updated_at = self._clock()
        if is_elsewhere:
            self._begin_anew(session, row)
        self._note(session, actor, "webhook.changed", row)

    def _begin_anew(self, session: Transaction, row: Webhook) -> None:
        """Forget how it failed, and try at once what waits."""
        row.failures, row.failing_since, row.problem = 0, None, ""
        DeliveryRows(session).hurry(row.id, self._clock())

    def _checked(self, terms: WebhookTerms) -> WebhookTerms:
        url, description = self._sender.check(terms.url.strip()), terms.description.strip()
        if len(description) > MAX_DESCRIPTION or not description.isprintable():
            raise Invalid(
                "description_invalid", f"A description has {MAX_DESCRIPTION} characters at most."
            )
        kinds = tuple(kind for kind in KINDS if kind in terms.kinds)
        if unknown := set(terms.kinds) - set(kinds):
            raise Invalid("event_unknown", f"There is no event {sorted(unknown)[0][:40]!r}.")
        if not kinds:
            raise Invalid("events_missing", "Choose at least one event.")
        return replace(
            terms, url=url, description=description, kinds=kinds, exam_id=terms.exam_id or None
        )

    def _before(self, place: list[str], cursor: str) -> int:
        *told, number = self._cursors.open(_CURSOR, cursor, 3)
        if told != place:
            raise Invalid("cursor_invalid", "This place in the list can't be found. Begin anew.")
        return int(number)

    def _note(self, session: Transaction, actor: Actor, action: str, row: Webhook) -> None:
        self._audit.note(session, actor, action, "webhook", row.id)


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(_SECRET_BYTES)}"


def _held(session: Transaction, webhook_id: str) -> Webhook:
    row = WebhookRows(session).locked(webhook_id)
    if row is None:
        raise _no_webhook()
    return row


def _no_webhook() -> NotFound:
    return NotFound("no_webhook", "There is no such webhook.")


def _exam_must_stay(session: Transaction, exam_id: str | None) -> None:
    """There is such an exam, and it is not deleted before this has ended."""
    if exam_id is not None and ExamRows(session).locked(exam_id) is None:
        raise Invalid("exam_unknown", "There is no such exam.")


def _repeated(row: WebhookDelivery) -> WebhookDelivery:
    """The same body once more; its id in there is the first one's."""
    return WebhookDelivery(
        id=str(uuid.uuid4()),
        webhook_id=row.webhook_id,
        attempt_id=row.attempt_id,
        kind=row.kind,
        body=row.body,
        state=DeliveryState.WAITING.value,
        created_at=row.created_at,
    )


def _seen(session: Transaction, row: Webhook, titles: dict[str, str], waiting: int) -> WebhookView:
    newest = DeliveryRows(session).newest(row.id, DeliveryState.DELIVERED)
    return webhook_view(row, titles.get(row.exam_id or "", ""), waiting, newest)


def _view(session: Transaction, row: Webhook) -> WebhookView:
    titles = WebhookRows(session).exam_titles([row.exam_id] if row.exam_id else [])
    return _seen(session, row, titles, DeliveryRows(session).waiting().get(row.id, 0))
