"""Whether a learning platform's token is good: pure, with keys and time given.

1EdTech Security Framework 1.1, section 5.1.3, and LTI 1.3 Core, section 5.3: every condition there
is one here, and each has a code of its own. RS256 alone: the framework asks every platform for it,
and a list of one can't be talked into anything else.
"""

import hashlib
import hmac
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from proctor_app.errors import NotAllowed, TooLarge

MAX_TOKEN = 32 * 1024
"""Characters; platforms send 2,000 to 6,000."""
MAX_AGE = timedelta(minutes=10)
_LEEWAY_S = 60.0
"""What a platform's clock may be off."""
_ALGORITHM = "RS256"
_RSA_BITS = (2048, 8192)
_MOST_KEYS = 50
_MAX_MODULUS, _MAX_EXPONENT, _MAX_KID = 1400, 12, 200
Keys = Mapping[str, RSAPublicKey]
"""By their names (kid)."""
Claims = Mapping[str, object]


class LaunchRefused(NotAllowed):
    """A launch that is not let in; the code says why."""

    code = "lti_refused"
    detail = "The learning platform's message is not valid. Open the exam there once more."


class TokenTooLarge(TooLarge):
    code = "lti_token_too_large"
    detail = f"A platform's message has at most {MAX_TOKEN} characters."


class KeyUnknown(LaunchRefused):
    """The token names a key that is not in the set; a newer set may have it."""

    code = "lti_key_unknown"
    detail = "The message was signed with a key that the learning platform does not publish."


@dataclass(frozen=True, slots=True)
class Expected:
    """What the platform must say. nonce: the digest of the one it was given. target: the address
    it named when the launch began, empty for none. deployments: none for any."""

    issuer: str
    client_id: str
    deployments: frozenset[str]
    nonce: str
    target: str = ""


def digest(text: str) -> str:
    """SHA-256 in hexadecimal; what is kept of states, nonces and cookies."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def key_name(token: str) -> str:
    """The name of the key that signed it, by its head. Raises TokenTooLarge, LaunchRefused."""
    if len(token) > MAX_TOKEN:
        raise TokenTooLarge
    try:
        head = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise LaunchRefused("lti_token_malformed") from error
    if head.get("alg") != _ALGORITHM:
        raise LaunchRefused("lti_algorithm", "The message is not signed with RS256.")
    kid = head.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= _MAX_KID:
        raise KeyUnknown
    return kid


def verified(token: str, keys: Keys, expected: Expected, now: datetime) -> Claims:
    """The claims of a token that is good for this launch now.

    Raises TokenTooLarge, KeyUnknown, LaunchRefused.
    """
    key = keys.get(key_name(token))
    if key is None:
        raise KeyUnknown
    try:
        claims = jwt.decode(token, key, algorithms=[_ALGORITHM], options=_SIGNATURE_ALONE)
    except jwt.InvalidSignatureError as error:
        raise LaunchRefused("lti_signature", "The message's signature is wrong.") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise LaunchRefused("lti_token_malformed") from error
    _check_parties(claims, expected)
    _check_times(claims, now.timestamp())
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(digest(nonce), expected.nonce):
        raise LaunchRefused("lti_nonce", "The message does not belong to this launch.")
    return claims


def keys_from(document: bytes) -> Keys:
    """The RSA keys of a published set that are good for signatures; others are left out. Raises
    ValueError where it is none."""
    try:
        found = json.loads(document)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    listed = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no set of keys")  # noqa: TRY004 - of a document, not of a caller
    keys: dict[str, RSAPublicKey] = {}
    for one in listed[:_MOST_KEYS]:
        if isinstance(one, dict) and (key := _key(one)) is not None:
            keys[str(one["kid"])] = key
    return keys


# Who it is from and for, and when, is judged below: by the server's own clock, with own codes.
_SIGNATURE_ALONE: jwt.types.Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def _key(one: Mapping[str, object]) -> RSAPublicKey | None:
    kid, modulus, exponent = one.get("kid"), one.get("n"), one.get("e")
    is_short = (
        isinstance(kid, str)
        and 0 < len(kid) <= _MAX_KID
        and isinstance(modulus, str)
        and len(modulus) <= _MAX_MODULUS
        and isinstance(exponent, str)
        and len(exponent) <= _MAX_EXPONENT
    )
    is_fit = one.get("use", "sig") == "sig" and one.get("alg", _ALGORITHM) == _ALGORITHM
    if one.get("kty") != "RSA" or not is_short or not is_fit:
        return None
    try:
        key = jwt.PyJWK({"kty": "RSA", "n": modulus, "e": exponent}, _ALGORITHM).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    is_long = isinstance(key, RSAPublicKey) and _RSA_BITS[0] <= key.key_size <= _RSA_BITS[1]
    return key if is_long else None


def _check_parties(claims: Claims, expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise LaunchRefused("lti_issuer", "The message is from another learning platform.")
    audience, party = claims.get("aud"), claims.get("azp")
    named = audience if isinstance(audience, list) else [audience]
    is_ours = expected.client_id in named and (len(named) == 1 or party is not None)
    if not is_ours or party not in (None, expected.client_id):
        raise LaunchRefused("lti_audience", "The message is meant for another tool.")


def _check_times(claims: Claims, now_s: float) -> None:
    ends_s, made_s = _number(claims.get("exp")), _number(claims.get("iat"))
    begins_s = _number(claims.get("nbf")) if claims.get("nbf") is not None else made_s
    if ends_s is None or made_s is None or begins_s is None:
        raise LaunchRefused("lti_token_malformed")
    if ends_s <= now_s - _LEEWAY_S:
        raise LaunchRefused("lti_expired", "The message has expired. Open the exam once more.")
    if max(made_s, begins_s) > now_s + _LEEWAY_S:
        raise LaunchRefused("lti_not_yet_valid", "The platform's clock is ahead of this one.")
    if made_s < now_s - MAX_AGE.total_seconds() - _LEEWAY_S:
        raise LaunchRefused("lti_too_old", "The message is too old. Open the exam once more.")


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
