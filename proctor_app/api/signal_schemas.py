"""Claims as documents: names of the published contract, times as clients write them."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from proctor_app.services.browser_signals import Kept
from proctor_app.services.claims import MAX_CLAIMS, MAX_SEQ, Claim, Scalar, is_plausible

_MILLISECONDS_FROM = 1e11
"""Epoch seconds stay below this for 3,000 years; milliseconds passed it in 1973."""
_MAX_ISO = 64


def client_time(value: object) -> datetime:
    """Read ISO 8601 (without a zone: UTC) or epoch seconds or milliseconds. Raises ValueError."""
    moment = _epoch(value) if isinstance(value, int | float) else _iso(value)
    if not is_plausible(moment):
        raise ValueError("the timestamp lies outside of this century")
    return moment


def _epoch(value: float) -> datetime:
    if isinstance(value, bool) or abs(value) > _MILLISECONDS_FROM**2 or not math.isfinite(value):
        raise ValueError("the timestamp is no time")
    try:
        return datetime.fromtimestamp(value / (1000 if value >= _MILLISECONDS_FROM else 1), UTC)
    except (OverflowError, OSError) as error:
        raise ValueError("the timestamp is no time") from error


def _iso(value: object) -> datetime:
    if not isinstance(value, str) or len(value) > _MAX_ISO:
        raise ValueError("the timestamp is neither ISO 8601 nor a number")
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (OverflowError, ValueError) as error:
        raise ValueError("the timestamp is not ISO 8601") from error


ClientTime = Annotated[
    datetime,
    BeforeValidator(client_time, json_schema_input_type=str | float),
]
Seq = Annotated[int, Field(ge=0, le=MAX_SEQ)]
Word = Annotated[str, Field(min_length=1, max_length=500)]
TabKind = Literal[
    "hidden",
    "visible",
    "blur",
    "focus",
    "fullscreen_exit",
    "fullscreen_enter",
    "copy",
    "cut",
    "paste",
    "context_menu",
    "print",
    "devtools",
    "second_screen",
    "second_screen_gone",
    "offline",
    "online",
]


class FaceLog(BaseModel):
    """What a client that compares faces itself found."""

    matched: bool
    distance: float | None = None
    faces: Annotated[int, Field(ge=0, le=1000)] | None = None
    timestamp: ClientTime
    seq: Seq | None = None


class TabEvent(BaseModel):
    kind: TabKind
    timestamp: ClientTime
    seq: Seq | None = None


class ProctorEvent(BaseModel):
    reason: Word
    timestamp: ClientTime
    seq: Seq | None = None


class ProctorEvents(BaseModel):
    events: Annotated[list[ProctorEvent], Field(max_length=MAX_CLAIMS)]


class Signal(BaseModel):
    """late: kept while offline. detail: a few words and numbers about it."""

    kind: Word
    timestamp: ClientTime
    seq: Seq | None = None
    late: bool | None = False
    detail: dict[str, Scalar] | None = None


class Signals(BaseModel):
    """Without events: the page is there. holder: the tab that sits the attempt."""

    events: Annotated[list[Signal], Field(max_length=MAX_CLAIMS)] = Field(default_factory=list)
    holder: Annotated[str, Field(max_length=64)] = ""


class Saved(BaseModel):
    status: Literal["ok"] = "ok"
    saved: int


class SavedSignals(Saved):
    """last_seq: the highest seq that is kept of this attempt."""

    last_seq: int


def face_claim(body: FaceLog) -> Claim:
    kind = "face_matched" if body.matched else "face_unmatched"
    detail: dict[str, Scalar] = {"distance": body.distance, "faces": body.faces}
    return Claim(kind, body.timestamp, body.seq, detail=detail)


def tab_claim(body: TabEvent) -> Claim:
    return Claim(body.kind, body.timestamp, body.seq)


def event_claims(body: ProctorEvents) -> Sequence[Claim]:
    return [Claim(one.reason, one.timestamp, one.seq) for one in body.events]


def signal_claims(body: Signals) -> Sequence[Claim]:
    return [
        Claim(one.kind, one.timestamp, one.seq, bool(one.late), detail=one.detail or {})
        for one in body.events
    ]


def saved_signals(kept: Kept) -> SavedSignals:
    return SavedSignals(saved=kept.saved, last_seq=kept.last_seq)
