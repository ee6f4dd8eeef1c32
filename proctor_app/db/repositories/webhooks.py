"""Webhooks and what they are sent: the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case
from sqlmodel import Session, col, delete, func, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from proctor_app.db.partner_tables import Webhook, WebhookDelivery
from proctor_app.db.tables import Attempt, Exam, UtcDateTime
from proctor_app.domain.webhook import DeliveryState

_WAITING = DeliveryState.WAITING.value


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try went. due_at: of the next one; None where there is none."""

    state: DeliveryState
    due_at: datetime | None
    at: datetime
    took_ms: int
    status_code: int | None
    problem: str


class WebhookRows:
    """A webhook that was deleted is not there; only what removes it for good sees it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, webhook: Webhook) -> None:
        self._session.add(webhook)
        self._session.flush()

    def all(self) -> list[Webhook]:
        """The oldest first."""
        query = select(Webhook).where(_is_there())
        return list(self._session.exec(query.order_by(col(Webhook.created_at), col(Webhook.id))))

    def count(self) -> int:
        return self._session.exec(
            select(func.count()).select_from(Webhook).where(_is_there())
        ).one()

    def by_id(self, webhook_id: str) -> Webhook | None:
        query = select(Webhook).where(Webhook.id == webhook_id, _is_there())
        return self._session.exec(query).one_or_none()

    def locked(self, webhook_id: str) -> Webhook | None:
        query = (
            select(Webhook)
            .where(Webhook.id == webhook_id, _is_there())
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return self._session.exec(query).one_or_none()

    def told_of(self, exam_id: str | None, paused_since: datetime) -> list[Webhook]:
        """Those that hear of this exam (None: of free sessions), and were not paused before."""
        query = select(Webhook).where(
            _is_there(),
            or_(col(Webhook.exam_id).is_(None), col(Webhook.exam_id) == exam_id),
            or_(col(Webhook.paused_at).is_(None), col(Webhook.paused_at) > paused_since),
        )
        with self._session.no_autoflush:
            return list(self._session.exec(query.order_by(col(Webhook.id))))

    def exam_titles(self, exam_ids: Iterable[str]) -> dict[str, str]:
        query = select(Exam.id, Exam.title).where(col(Exam.id).in_(list(exam_ids)))
        return dict(self._session.exec(query).all())

    def delete_of_exam(self, exam_id: str, now: datetime) -> None:
        """Nothing refers to the exam any more."""
        when = func.coalesce(col(Webhook.deleted_at), now, type_=UtcDateTime())
        query = update(Webhook).where(col(Webhook.exam_id) == exam_id)
        self._session.exec(query.values(exam_id=None, deleted_at=when))

    def deleted(self, before: datetime) -> list[str]:
        """Ids of those that were deleted before then."""
        return list(self._session.exec(select(Webhook.id).where(col(Webhook.deleted_at) < before)))

    def remove(self, webhook_id: str) -> None:
        """The row of one that was deleted. Raises AlreadyThere while a message refers to it."""
        self._session.exec(delete(Webhook).where(col(Webhook.id) == webhook_id))


class DeliveryRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, deliveries: Iterable[WebhookDelivery]) -> None:
        self._session.add_all(deliveries)
        self._session.flush()

    def by_number(self, number: int) -> WebhookDelivery | None:
        return self._session.get(WebhookDelivery, number, populate_existing=True)

    def by_id(self, delivery_id: str) -> WebhookDelivery | None:
        query = select(WebhookDelivery).where(WebhookDelivery.id == delivery_id)
        return self._session.exec(query).one_or_none()

    def due(self, webhook_id: str, now: datetime, limit: int) -> list[int]:
        """Numbers of what can be sent now, the longest due first: of each attempt only the oldest,
        and nothing that is being sent.

        One pass over what waits: of an attempt the oldest number must be the oldest that is due.
        """
        one = WebhookDelivery
        oldest, can_go = func.min(one.number), (col(one.due_at) <= now) & _is_free(now)
        query = (
            select(oldest)
            .where(one.webhook_id == webhook_id, one.state == _WAITING)
            .group_by(func.coalesce(one.attempt_id, one.id))
            .having(oldest == func.min(case((can_go, col(one.number)))))
            .order_by(func.min(case((can_go, col(one.due_at)))), oldest)
            .limit(limit)
        )
        return [number for number in self._session.exec(query) if number is not None]

    def claim(self, number: int, now: datetime, until: datetime) -> bool:
        """Take it for sending; whether nobody else has, or has tried it or paused or deleted its
        webhook since it was looked at. Counts as a try."""
        one = WebhookDelivery
        sent_to = select(Webhook.id).where(_is_there(), col(Webhook.paused_at).is_(None))
        query = (
            update(one)
            .where(
                col(one.number) == number,
                col(one.state) == _WAITING,
                col(one.due_at) <= now,
                _is_free(now),
                col(one.webhook_id).in_(sent_to),
            )
            .values(claimed_until=until, tries=one.tries + 1, tried_at=now)
        )
        return self._session.exec(query).rowcount == 1

    def end_try(self, number: int, tries: int, tried: Tried) -> bool:
        """Write how a try went; whether it was still this one's to write. What was delivered is
        delivered, whoever has taken it meanwhile."""
        one = WebhookDelivery
        mine = [col(one.number) == number, col(one.state) == _WAITING]
        if tried.state is not DeliveryState.DELIVERED:
            mine.append(col(one.tries) == tries)
        values = {
            "state": tried.state.value,
            "due_at": tried.due_at,
            "claimed_until": None,
            "took_ms": tried.took_ms,
            "status_code": tried.status_code,
            "error": tried.problem,
            "ended_at": None if tried.state is DeliveryState.WAITING else tried.at,
        }
        return self._session.exec(update(one).where(*mine).values(values)).rowcount == 1

    def postpone(self, number: int, webhook_id: str, attempt_id: str | None, to: datetime) -> None:
        """What comes after it need not be looked at before it is tried again."""
        one = WebhookDelivery
        if attempt_id is None:
            return
        self._session.exec(
            update(one)
            .where(
                col(one.webhook_id) == webhook_id,
                col(one.attempt_id) == attempt_id,
                col(one.state) == _WAITING,
                col(one.number) > number,
                col(one.due_at) < to,
            )
            .values(due_at=to)
        )

    def hurry(self, webhook_id: str, now: datetime) -> None:
        """Let all that waits for a later try be due now."""
        self._hurry(webhook_id, now)

    def hurry_after_outage(self, webhook_id: str, since: datetime, now: datetime) -> None:
        """The same of what an outage held up that began then. What the receiver itself refused or
        put off (4xx) keeps its time."""
        one = WebhookDelivery
        self._hurry(
            webhook_id,
            now,
            or_(col(one.status_code).is_(None), col(one.status_code) >= 500),
            or_(col(one.tried_at).is_(None), col(one.tried_at) >= since),
        )

    def waiting(self) -> dict[str, int]:
        """How many wait, by webhook."""
        query = (
            select(WebhookDelivery.webhook_id, func.count())
            .where(WebhookDelivery.state == _WAITING)
            .group_by(WebhookDelivery.webhook_id)
        )
        return dict(self._session.exec(query).all())

    def newest(self, webhook_id: str, state: DeliveryState) -> WebhookDelivery | None:
        query = self._of(webhook_id, state.value, None, 1)
        return self._session.exec(query).one_or_none()

    def page(
        self, webhook_id: str, state: str, before: int | None, limit: int
    ) -> list[WebhookDelivery]:
        """The newest first; state: empty for any."""
        return list(self._session.exec(self._of(webhook_id, state, before, limit)))

    def drop_paused(self, now: datetime, before: datetime, limit: int) -> int:
        """Give up what waits since before then for a webhook that is paused; how many."""
        one = WebhookDelivery
        paused = select(Webhook.id).where(col(Webhook.paused_at).is_not(None))
        query = (
            select(one.number)
            .where(
                col(one.webhook_id).in_(paused), one.state == _WAITING, col(one.created_at) < before
            )
            .limit(limit)
        )
        some = col(one.number).in_(list(self._session.exec(query)))
        values = {
            "state": DeliveryState.DROPPED.value,
            "due_at": None,
            "claimed_until": None,
            "ended_at": now,
        }
        gone = update(one).where(some, col(one.state) == _WAITING).values(values)
        return self._session.exec(gone).rowcount

    def remove_ended(self, before: datetime, limit: int) -> int:
        """Remove what was delivered or given up before then; how many."""
        one = WebhookDelivery
        ended = [state.value for state in DeliveryState if state is not DeliveryState.WAITING]
        return self._remove(col(one.state).in_(ended) & (col(one.ended_at) < before), limit)

    def remove_of_person(self, user_id: str, limit: int) -> int:
        """What was and is to be told of their attempts; how many."""
        mine = select(Attempt.id).where(Attempt.user_id == user_id)
        return self._remove(col(WebhookDelivery.attempt_id).in_(mine), limit)

    def remove_of_deleted(self, limit: int) -> int:
        """What was and is to be sent to webhooks that were deleted; how many."""
        gone = select(Webhook.id).where(col(Webhook.deleted_at).is_not(None))
        return self._remove(col(WebhookDelivery.webhook_id).in_(gone), limit)

    def _remove(self, which: ColumnElement[bool], limit: int) -> int:
        one = WebhookDelivery
        numbers = list(self._session.exec(select(one.number).where(which).limit(limit)))
        return self._session.exec(delete(one).where(col(one.number).in_(numbers))).rowcount

    def _hurry(self, webhook_id: str, now: datetime, *which: ColumnElement[bool]) -> None:
        one = WebhookDelivery
        mine = [col(one.webhook_id) == webhook_id, col(one.state) == _WAITING, *which]
        self._session.exec(update(one).where(*mine, col(one.due_at) > now).values(due_at=now))

    def _of(
        self, webhook_id: str, state: str, before: int | None, limit: int
    ) -> SelectOfScalar[WebhookDelivery]:
        query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
        if state:
            query = query.where(WebhookDelivery.state == state)
        if before is not None:
            query = query.where(col(WebhookDelivery.number) < before)
        return query.order_by(col(WebhookDelivery.number).desc()).limit(limit)


def _is_free(now: datetime) -> ColumnElement[bool]:
    claimed_until = col(WebhookDelivery.claimed_until)
    return or_(claimed_until.is_(None), claimed_until <= now)


def _is_there() -> ColumnElement[bool]:
    return col(Webhook.deleted_at).is_(None)
