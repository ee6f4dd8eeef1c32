"""What the page of webhooks says."""

import json
from dataclasses import dataclass, field

from proctor_app.clock import iso
from proctor_app.domain.webhook import DeliveryState, Kind
from proctor_app.services.webhook_views import DeliveryView, WebhookView
from proctor_app.state.people_words import Question
from proctor_app.state.shown import Chip

KINDS = {
    Kind.INCIDENT_OPENED: "An incident opened",
    Kind.INCIDENT_CLOSED: "An incident ended",
    Kind.ATTEMPT_FINISHED: "An attempt ended",
    Kind.VERDICT_GIVEN: "A verdict was given",
}
STATES = {
    DeliveryState.WAITING: Chip("notice", "Waiting"),
    DeliveryState.DELIVERED: Chip("ok", "Delivered"),
    DeliveryState.FAILED: Chip("alert", "Given up"),
    DeliveryState.DROPPED: Chip("none", "Dropped"),
}

_NONE = Chip("none", "")


@dataclass(frozen=True)
class ShownWebhook:
    """health: in a chip; the times are ISO 8601 or empty."""

    id: str = ""
    url: str = ""
    description: str = ""
    kinds: list[str] = field(default_factory=list)
    kinds_words: str = ""
    exam_id: str = ""
    scope: str = ""
    health: Chip = _NONE
    problem: str = ""
    failing_since: str = ""
    delivered_at: str = ""
    answer: str = ""
    waiting: str = ""
    is_paused: bool = False


@dataclass(frozen=True)
class ShownDelivery:
    """id: shortened in short_id. answer: the code and how long it took. body: indented JSON."""

    id: str
    short_id: str
    kind: str
    repeats: bool
    state: Chip
    created_at: str
    tries: str
    next_try_at: str
    answer: str
    problem: str
    body: str
    may_repeat: bool


_QUESTIONS = {
    "delete": Question(
        "Delete this webhook?",
        "Its log goes too, and what waits is sent to nobody.",
        "Delete",
        is_grave=True,
    ),
    "rotate": Question(
        "Make a new secret?",
        "The old one signs nothing from that moment on. The receiver refuses what comes until it "
        "knows the new one; nothing is lost, it is sent again.",
        "Make a new secret",
        is_grave=True,
    ),
}
ACTIONS = frozenset(_QUESTIONS)


def question(action: str) -> Question:
    """action: one of ACTIONS."""
    return _QUESTIONS[action]


def shown_webhook(view: WebhookView) -> ShownWebhook:
    return ShownWebhook(
        id=view.id,
        url=view.url,
        description=view.description,
        kinds=[kind.value for kind in view.kinds],
        kinds_words=", ".join(KINDS[kind].lower() for kind in view.kinds),
        exam_id=view.exam_id or "",
        scope=view.exam_title or "All exams and free sessions",
        health=_health(view),
        problem=view.problem,
        failing_since=iso(view.failing_since) if view.failing_since else "",
        delivered_at=iso(view.delivered_at) if view.delivered_at else "",
        answer=str(view.status_code or ""),
        waiting=f"{view.waiting:,}" if view.waiting else "",
        is_paused=view.paused_at is not None,
    )


def _health(view: WebhookView) -> Chip:
    if view.paused_at is not None:
        return Chip("none", "Paused")
    if view.failing_since is not None:
        return Chip("alert", "Failing")
    return Chip("ok", "Healthy") if view.delivered_at else Chip("unknown", "Not used yet")


def shown_delivery(view: DeliveryView) -> ShownDelivery:
    return ShownDelivery(
        id=view.id,
        short_id=view.id[:8],
        kind="Test" if view.kind is Kind.TEST else KINDS[view.kind],
        repeats=bool(view.first_id),
        state=STATES[view.state],
        created_at=iso(view.created_at),
        tries="1 try" if view.tries == 1 else f"{view.tries} tries",
        next_try_at=iso(view.next_try_at) if view.next_try_at and view.tries else "",
        answer=_answer(view),
        problem=view.problem,
        body=json.dumps(json.loads(view.body), indent=2),
        may_repeat=view.state is not DeliveryState.WAITING,
    )


def _answer(view: DeliveryView) -> str:
    if view.took_ms is None:
        return ""
    return f"{view.status_code or 'no answer'} · {view.took_ms} ms"


def tested(view: DeliveryView) -> str:
    """How a test went, in a sentence."""
    if view.state is DeliveryState.DELIVERED:
        return f"The test was taken: {_answer(view)}."
    return f"The test was not taken. {view.problem}"
