"""Session tokens: JWT, HS256 only, bound to a log-in in the database by ``jti``."""

from dataclasses import dataclass
from datetime import datetime

import jwt
from jwt.types import Options

from proctor_app.clock import Clock
from proctor_app.errors import NotAuthenticated

AUDIENCE = "proctor:session"
_ALGORITHM = "HS256"
_OPTIONS: Options = {
    "require": ["exp", "iat", "nbf", "jti", "aud", "sub"],
    # Judged below by the server's own clock.
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
}


@dataclass(frozen=True, slots=True)
class Claims:
    user_id: str
    login_id: str


class Tokens:
    def __init__(self, secret: str, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def issue(self, claims: Claims, role: str, expires_at: datetime) -> str:
        """The role is information for clients; the server always asks the database."""
        now = self._clock()
        payload = {
            "sub": claims.user_id,
            "jti": claims.login_id,
            "role": role,
            "aud": AUDIENCE,
            "iat": now,
            "nbf": now,
            "exp": expires_at,
        }
        return jwt.encode(payload, self._secret, algorithm=_ALGORITHM)

    def read(self, token: str) -> Claims:
        """Verify signature, algorithm, audience and times by the server's clock.

        Raises NotAuthenticated for anything else than a token issued here and good now.
        """
        try:
            payload = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=AUDIENCE,
                options=_OPTIONS,
            )
            not_before_s, ends_s = int(payload["nbf"]), int(payload["exp"])
        except (jwt.InvalidTokenError, ValueError, TypeError) as error:
            raise NotAuthenticated("token_invalid", "The token is not valid.") from error
        if not not_before_s <= self._clock().timestamp() < ends_s:
            raise NotAuthenticated("token_expired", "The session has ended. Log in again.")
        return Claims(str(payload["sub"]), str(payload["jti"]))
