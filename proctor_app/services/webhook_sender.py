"""Sends what stands in the outbox, until the receiver has it or three days have passed.

Messages of one attempt go one after the other, in their order; those of different attempts beside
each other. A try is claimed by one UPDATE, so that of several workers one sends. A worker that dies
between the answer and its commit leaves a claim that runs out; then the message is sent again,
under the same id.
"""

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain, zip_longest

from proctor_app.clock import Clock
from proctor_app.db.partner_tables import Webhook, WebhookDelivery
from proctor_app.db.repositories.webhooks import DeliveryRows, Tried, WebhookRows
from proctor_app.db.session import Database, DatabaseUnavailable, Transaction
from proctor_app.domain.webhook import (
    GIVE_UP_AFTER,
    DeliveryState,
    Kind,
    backoff_s,
    signature,
)
from proctor_app.errors import ProctorError
from proctor_app.services.again import again
from proctor_app.services.audit import Audit
from proctor_app.services.outgoing import Answered, Outgoing
from proctor_app.services.ticker import Ticker, guarded
from proctor_app.services.vault import Vault
from proctor_app.services.webhook_sweeping import sweep

_OUTAGE = 3
"""Failures in a row after which a success means that the receiver is back."""
_TOO_MANY, _GONE, _ITS_TROUBLE = 429, 410, 500
_OURS = "This server could not send it. Its log has more."
_SWEEP_EVERY_S = 600.0
_GRACE_S = 3.0
_PAUSES_S = (0.1, 0.5, 2.0, 5.0, 10.0, 20.0)
"""Between tries to write how one went; together less than a claim lasts."""
_MAX_ANSWER = 64 * 1024
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """poll_s: between two looks at an empty outbox. claim_s: how long a try is one worker's; well
    above timeout_s. per_webhook: tries at the same time to one that answers; one that does not gets
    one. at_once: to all of them, so many that each has its turn."""

    poll_s: float = 1.0
    claim_s: float = 60.0
    timeout_s: float = 10.0
    per_webhook: int = 4
    at_once: int = 20


@dataclass(frozen=True, slots=True)
class Job:
    """A try that is claimed. secret: sealed."""

    number: int
    tries: int
    delivery_id: str
    kind: str
    attempt_id: str | None
    body: str
    created_at: datetime
    webhook_id: str
    url: str
    secret: bytes


class WebhookSender:
    """Lives on one event loop. chance: 0 to 1, for the spread of the tries."""

    def __init__(
        self,
        database: Database,
        outgoing: Outgoing,
        vault: Vault,
        audit: Audit,
        clock: Clock,
        pace: Pace | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._outgoing = outgoing
        self._vault = vault
        self._audit = audit
        self._clock = clock
        self.pace = pace or Pace()
        self._chance = chance
        self._under_way: dict[asyncio.Task[Tried | None], str] = {}
        self._bell = asyncio.Event()
        self._is_closing = False
        self._loop: asyncio.Task[None] | None = None
        self._sweeper = Ticker(self._sweep)

    def start(self) -> None:
        self._loop = asyncio.create_task(self._run())
        self._sweeper.start(_SWEEP_EVERY_S)

    async def close(self) -> None:
        """Tries under way get a moment to end; what does not is sent again later."""
        self._is_closing = True
        self._bell.set()
        if self._loop is not None:
            await self._loop
            await self._sweeper.stop()
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=_GRACE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._outgoing.close()

    def check(self, url: str) -> str:
        """See ``Outgoing.check``."""
        return self._outgoing.check(url)

    async def send(self, job: Job) -> Tried | None:
        """Try once, and write how it went. None: it was somebody else's to write by then."""
        return await self._kept(job, await self._tried(job))

    async def _tried(self, job: Job) -> Tried:
        """Whatever goes wrong is a try that failed: else it would be tried for ever."""
        clock_s = asyncio.get_running_loop().time
        began_s = clock_s()
        try:
            answered = await self._outgoing.send(
                "POST",
                job.url,
                headers=self._headers(job, self._clock()),
                body=job.body.encode(),
                timeout_s=self.pace.timeout_s,
                max_bytes=_MAX_ANSWER,
            )
            return self._judged(job, answered, "", int(1000 * (clock_s() - began_s)))
        except ProctorError as error:
            problem = error.detail
        except Exception:
            log.exception("webhook.try_failed delivery_id=%s", job.delivery_id)
            problem = _OURS
        return self._judged(job, None, problem, int(1000 * (clock_s() - began_s)))

    def claimed(self, delivery: WebhookDelivery, webhook: Webhook) -> Job:
        """The try that was just claimed."""
        assert delivery.number is not None
        return Job(
            delivery.number,
            delivery.tries,
            delivery.id,
            delivery.kind,
            delivery.attempt_id,
            delivery.body,
            delivery.created_at,
            webhook.id,
            webhook.url,
            webhook.secret,
        )

    async def _kept(self, job: Job, tried: Tried) -> Tried | None:
        """Write it, also where the database is away for a moment: else what was delivered would be
        sent a second time."""
        for pause_s in _PAUSES_S:
            try:
                return await asyncio.to_thread(self._write, job, tried)
            except DatabaseUnavailable:
                await asyncio.sleep(pause_s)
        return await asyncio.to_thread(self._write, job, tried)

    # --- the loop ---

    async def _run(self) -> None:
        while not self._is_closing:
            self._bell.clear()
            await guarded(self._turn())
            await self._rings_within(self.pace.poll_s)

    async def _turn(self) -> None:
        busy = Counter(self._under_way.values())
        for job in await asyncio.to_thread(self._take, busy):
            task = asyncio.create_task(self._sent(job))
            self._under_way[task] = job.webhook_id
            task.add_done_callback(self._ended)

    async def _sent(self, job: Job) -> Tried | None:
        try:
            return await self.send(job)
        except Exception:  # the claim runs out, and it is tried again
            log.exception("webhook.try_not_written delivery_id=%s", job.delivery_id)
            return None

    def _ended(self, task: asyncio.Task[Tried | None]) -> None:
        del self._under_way[task]
        self._bell.set()

    async def _rings_within(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return

    # --- the database ---

    def _take(self, busy: Mapping[str, int]) -> list[Job]:
        """Claim what is due, from every webhook in turn."""
        now, free = self._clock(), self.pace.at_once - sum(busy.values())
        if free <= 0:
            return []
        with self._database.read() as session:
            found = [
                DeliveryRows(session).due(one.id, now, places)
                for one in WebhookRows(session).all()
                if one.paused_at is None and (places := self._places(one, busy.get(one.id, 0))) > 0
            ]
        in_turn = [one for one in chain.from_iterable(zip_longest(*found)) if one is not None]
        return self._claim(in_turn[:free], now) if in_turn else []

    def _places(self, webhook: Webhook, busy: int) -> int:
        """How many tries more it may have now."""
        return (1 if webhook.failures else self.pace.per_webhook) - busy

    @again
    def _claim(self, numbers: list[int], now: datetime) -> list[Job]:
        until, jobs = now + timedelta(seconds=self.pace.claim_s), []
        with self._database.write() as session:
            rows, webhooks = DeliveryRows(session), WebhookRows(session)
            for number in sorted(numbers):
                if not rows.claim(number, now, until):
                    continue
                delivery = rows.by_number(number)
                webhook = webhooks.by_id(delivery.webhook_id) if delivery else None
                if delivery and webhook:
                    jobs.append(self.claimed(delivery, webhook))
        return jobs

    @again
    def _write(self, job: Job, tried: Tried) -> Tried | None:
        with self._database.write() as session:
            webhook = WebhookRows(session).by_id(job.webhook_id)
            is_good = tried.state is DeliveryState.DELIVERED
            if webhook is not None and (webhook.failing_since or not is_good):
                webhook = WebhookRows(session).locked(job.webhook_id)
            rows = DeliveryRows(session)
            if webhook is None or not rows.end_try(job.number, job.tries, tried):
                return None
            if is_good:
                _is_back(rows, webhook, tried.at)
            else:
                self._failed(session, webhook, job, tried)
            return tried

    def _failed(self, session: Transaction, webhook: Webhook, job: Job, tried: Tried) -> None:
        if _is_outage(tried) and (webhook.failures or job.tries == 1):
            webhook.failures += 1  # one that failed before, while others are taken, begins none
        webhook.failing_since = webhook.failing_since or tried.at
        webhook.problem = tried.problem
        if tried.due_at is not None:
            rows = DeliveryRows(session)
            rows.postpone(job.number, job.webhook_id, job.attempt_id, tried.due_at)
        elif job.kind != Kind.TEST:
            log.warning(
                "webhook.given_up webhook_id=%s delivery_id=%s", webhook.id, job.delivery_id
            )
        if tried.status_code == _GONE and webhook.paused_at is None:
            webhook.paused_at = tried.at
            self._audit.note(session, None, "webhook.paused", "webhook", webhook.id, gone=True)

    async def _sweep(self, _number: int) -> None:
        await guarded(asyncio.to_thread(self.sweep))

    def sweep(self) -> None:
        """See ``webhook_sweeping``."""
        sweep(self._database, self._clock())

    # --- one try ---

    def _headers(self, job: Job, now: datetime) -> dict[str, str]:
        timestamp_s, body = int(now.timestamp()), job.body.encode()
        secret = self._vault.open(job.secret).decode()
        headers = {
            "Content-Type": "application/json",
            "Proctor-Delivery": job.delivery_id,
            "Proctor-Event": job.kind,
            "Proctor-Timestamp": str(timestamp_s),
            "Proctor-Signature": signature(secret, job.delivery_id, timestamp_s, body),
        }
        first_id = str(json.loads(body)["id"])
        if first_id != job.delivery_id:
            headers["Proctor-Redelivery"] = first_id
        return headers

    def _judged(self, job: Job, answered: Answered | None, problem: str, took_ms: int) -> Tried:
        now = self._clock()
        status = answered.status if answered else None
        if answered is not None and 200 <= answered.status < 300:
            return Tried(DeliveryState.DELIVERED, None, now, took_ms, status, "")
        problem = (problem or f"The receiver answered {status}.")[:200]
        if job.kind == Kind.TEST or now - job.created_at >= GIVE_UP_AFTER:
            return Tried(DeliveryState.FAILED, None, now, took_ms, status, problem)
        asked_s = _retry_after_s(answered, now) if answered else None
        wait = timedelta(seconds=backoff_s(job.tries, self._chance(), asked_s))
        return Tried(DeliveryState.WAITING, now + wait, now, took_ms, status, problem)


def _is_back(rows: DeliveryRows, webhook: Webhook, now: datetime) -> None:
    if webhook.failures >= _OUTAGE and webhook.failing_since:
        rows.hurry_after_outage(webhook.id, webhook.failing_since, now)
    if webhook.failing_since:
        webhook.failures, webhook.failing_since, webhook.problem = 0, None, ""


def _is_outage(tried: Tried) -> bool:
    """Whether the receiver can take nothing now, and not only that it refused this message."""
    status = tried.status_code
    return status is None or status >= _ITS_TROUBLE or status == _TOO_MANY


def _retry_after_s(answered: Answered, now: datetime) -> float | None:
    """What the receiver asked for, in seconds or as a date (RFC 9110, 10.2.3)."""
    asked = answered.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked[:9])
    try:
        until = parsedate_to_datetime(asked)
    except (ValueError, TypeError, OverflowError):
        return None
    return ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
