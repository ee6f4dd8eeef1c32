"""Scores to learning platforms: Assignment and Grade Services 2.0, with tokens of the platform's
own (1EdTech Security Framework 1.1, section 4: client credentials, signed by a private key)."""

import asyncio
import json
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from proctor_app.clock import Clock, iso
from proctor_app.errors import Unavailable
from proctor_app.services.lti_claims import SCORE_SCOPE
from proctor_app.services.lti_keys import ToolKeys
from proctor_app.services.outgoing import Outgoing

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ASSERTION_LASTS = timedelta(minutes=1)
_EARLY = timedelta(seconds=30)
"""A token that ends sooner is not used any more."""
_LONGEST = timedelta(hours=1)
_MOST_TOKENS = 200
_MAX_TOKEN = 8 * 1024


@dataclass(frozen=True, slots=True)
class Score:
    """subject: whose, as the platform knows them. at: later ones replace earlier ones there."""

    line_item: str
    subject: str
    points: float
    max_points: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """How the platform knows this tool. audience: of requests for tokens."""

    platform_id: str
    client_id: str
    token_url: str
    audience: str


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    ends_at: datetime


class ScoreRefused(Unavailable):
    """The platform said no; it may say yes later."""

    code = "lti_score_refused"


class Scores:
    """Lives on one event loop."""

    def __init__(self, outgoing: Outgoing, keys: ToolKeys, clock: Clock) -> None:
        self._outgoing = outgoing
        self._keys = keys
        self._clock = clock
        self._tokens: OrderedDict[Account, _Token] = OrderedDict()

    async def send(self, account: Account, score: Score) -> None:
        """Raises Unavailable (not reached, refused), Invalid (an address not to be asked)."""
        token = await self._token(account)
        body = {
            "userId": score.subject,
            "scoreGiven": max(0.0, score.points),
            "scoreMaximum": score.max_points,
            "activityProgress": "Completed",
            "gradingProgress": "FullyGraded",
            "timestamp": iso(score.at),
        }
        answer = await self._outgoing.send(
            "POST",
            scores_url(score.line_item),
            headers={
                "authorization": f"Bearer {token}",
                "content-type": "application/vnd.ims.lis.v1.score+json",
            },
            body=json.dumps(body).encode(),
        )
        if answer.status in (401, 403):
            self._tokens.pop(account, None)
        if not 200 <= answer.status < 300:
            raise ScoreRefused(detail=f"The platform answered {answer.status} to the score.")

    async def _token(self, account: Account) -> str:
        kept = self._tokens.get(account)
        if kept is None or kept.ends_at - _EARLY <= self._clock():
            kept = await self._fetched(account)
            self._tokens[account] = kept
            while len(self._tokens) > _MOST_TOKENS:
                self._tokens.popitem(last=False)
        return kept.text

    async def _fetched(self, account: Account) -> _Token:
        now = self._clock()
        assertion = await asyncio.to_thread(
            self._keys.signed,
            {
                "iss": account.client_id,
                "sub": account.client_id,
                "aud": account.audience,
                "iat": int(now.timestamp()),
                "exp": int((now + _ASSERTION_LASTS).timestamp()),
                "jti": secrets.token_urlsafe(24),
            },
        )
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION,
            "client_assertion": assertion,
            "scope": SCORE_SCOPE,
        }
        answer = await self._outgoing.send(
            "POST",
            account.token_url,
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "accept": "application/json",
            },
            body=urlencode(form).encode(),
        )
        if answer.status != 200:
            raise ScoreRefused(detail=f"The platform answered {answer.status}, and gave no token.")
        return _read(answer.body, now)


def scores_url(line_item: str) -> str:
    """Where a column of the gradebook takes scores; some platforms have a query behind it."""
    parts = urlsplit(line_item)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores"))


def _read(body: bytes, now: datetime) -> _Token:
    try:
        found = json.loads(body)
        text, lasts_s = found["access_token"], float(found.get("expires_in", 0))
        lasts = timedelta(seconds=max(0.0, min(lasts_s, _LONGEST.total_seconds())))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ScoreRefused(detail="The platform's token can't be read.") from error
    is_fit = isinstance(text, str) and 0 < len(text) <= _MAX_TOKEN
    if not is_fit or not text.isascii() or not text.isprintable() or " " in text:
        raise ScoreRefused(detail="The platform's token can't be read.")
    return _Token(text, now + lasts)
