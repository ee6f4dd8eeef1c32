"""Receipts: a short code that shows later that these answers were handed in at that time."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from datetime import datetime

_CHARACTERS, _GROUP = 16, 4


def key_of(secret: str) -> bytes:
    """A key of its own, made of the installation's secret."""
    return hashlib.sha256(b"receipts\0" + secret.encode()).digest()


def receipt(
    key: bytes, attempt_id: str, ended_at: datetime, answers: Iterable[tuple[str, str]]
) -> str:
    """The code, like ABCD-EFGH-IJKL-MNOP; the same for the same, whoever asks.

    answers: ids of questions with the values as they are stored; empty ones don't count, nor does
    the order.
    """
    given = sorted((question_id, value) for question_id, value in answers if value)
    said = json.dumps([attempt_id, ended_at.isoformat(timespec="microseconds"), given])
    digest = hmac.digest(key, said.encode(), "sha256")
    text = base64.b32encode(digest).decode()[:_CHARACTERS]
    return "-".join(text[at : at + _GROUP] for at in range(0, _CHARACTERS, _GROUP))


def is_same(one: str, other: str) -> bool:
    """Whether two codes are one, however they were typed."""
    return hmac.compare_digest(_plain(one), _plain(other))


def _plain(code: str) -> bytes:
    return "".join(c for c in code.upper() if c.isalnum()).encode(errors="replace")
