"""What a candidate's program claims, made fit to be kept: capped, cleaned, known by its kind."""

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from proctor_app.db import tables
from proctor_app.domain.browser import SignalKind
from proctor_app.domain.browser_episodes import Told
from proctor_app.errors import Invalid

MAX_CLAIMS = 100
MAX_SEQ = 2**53
MAX_TEXT = 120
_MAX_DETAIL = 600
_MAX_KEYS = 20
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
Scalar = str | int | float | bool | None

REASONS: Mapping[str, SignalKind] = {
    "no_face_detected": SignalKind.FACE_MISSING,
    "unverified_face_detected": SignalKind.FACE_UNVERIFIED,
}
_KINDS: Mapping[str, SignalKind] = {**{kind.value: kind for kind in SignalKind}, **REASONS}


@dataclass(frozen=True, slots=True)
class Claim:
    """kind: a SignalKind's value, a reason other clients give, or anything, which is then kept
    under its own text. claimed_at: by the client's clock. seq: None for one that can't be told
    from another. is_late: it was kept while offline."""

    kind: str
    claimed_at: datetime | None = None
    seq: int | None = None
    is_late: bool = False
    text: str = ""
    detail: Mapping[str, Scalar] = field(default_factory=dict)


def check(claims: Sequence[Claim]) -> None:
    """Raise Invalid for more than are taken at once, a number or a time that is none."""
    if len(claims) > MAX_CLAIMS:
        raise Invalid("too_many_events", f"At most {MAX_CLAIMS} events are taken at once.")
    for claim in claims:
        if claim.seq is not None and not 0 <= claim.seq <= MAX_SEQ:
            raise Invalid("seq_invalid", f"A seq lies between 0 and {MAX_SEQ}.")
        if claim.claimed_at is not None and not is_plausible(claim.claimed_at):
            raise Invalid("timestamp_invalid", "A timestamp lies outside of this century.")


def is_plausible(moment: datetime) -> bool:
    """Whether every database can keep the time."""
    return moment.tzinfo is not None and _EARLIEST <= moment <= _LATEST


def told(claim: Claim) -> Told:
    """The claim as it is judged."""
    kind = _KINDS.get(claim.kind, SignalKind.NOTE)
    claimed_s = claim.claimed_at.timestamp() if claim.claimed_at else None
    return Told(kind, claimed_s, claim.is_late, _text(claim, kind))


def row(attempt_id: str, claim: Claim, source: str, received_at: datetime) -> tables.BrowserEvent:
    kind = _KINDS.get(claim.kind, SignalKind.NOTE)
    return tables.BrowserEvent(
        attempt_id=attempt_id,
        seq=claim.seq,
        source=source,
        kind=kind.value,
        text=_text(claim, kind),
        claimed_at=claim.claimed_at,
        received_at=received_at,
        is_late=claim.is_late,
        detail=_detail(claim.detail),
    )


def _text(claim: Claim, kind: SignalKind) -> str:
    said = claim.text or (claim.kind if kind is SignalKind.NOTE else "")
    plain = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in said[: 4 * MAX_TEXT])
    short = " ".join(plain.split())[:MAX_TEXT]
    return short or ("Without a text" if kind is SignalKind.NOTE else "")


def _detail(detail: Mapping[str, Scalar]) -> str:
    """As JSON of a capped length; what does not fit is left out, key by key."""
    kept: dict[str, Scalar] = {}
    text = ""
    for key, value in list(detail.items())[:_MAX_KEYS]:
        candidate = {**kept, key[:40]: _short(value)}
        written = json.dumps(candidate, separators=(",", ":"))
        if len(written) <= _MAX_DETAIL:
            kept, text = candidate, written
    return text


def _short(value: Scalar) -> Scalar:
    if isinstance(value, str):
        return value[:_MAX_DETAIL]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not -MAX_SEQ <= value <= MAX_SEQ:
        return None
    return value
