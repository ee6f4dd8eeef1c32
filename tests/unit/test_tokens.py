"""Session tokens: nothing but what was signed here, for this audience, and is good now."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from proctor_app.errors import NotAuthenticated
from proctor_app.services.tokens import AUDIENCE, Claims, Tokens
from tests.fakes import FakeClock

SECRET = "0123456789abcdef" * 4
CLAIMS = Claims("a-user", "a-login")
LASTS = timedelta(hours=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tokens(clock: FakeClock) -> Tokens:
    return Tokens(SECRET, clock)


@pytest.fixture
def payload(clock: FakeClock) -> dict[str, Any]:
    """What a good token says; tests spoil one thing at a time."""
    return {
        "sub": "a-user",
        "jti": "a-login",
        "role": "student",
        "aud": AUDIENCE,
        "iat": int(clock().timestamp()),
        "nbf": int(clock().timestamp()),
        "exp": int((clock() + LASTS).timestamp()),
    }


def _signed(payload: dict[str, Any], secret: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, secret, algorithm=algorithm)


def _unsigned(payload: dict[str, Any], algorithm: str) -> str:
    parts = ({"alg": algorithm, "typ": "JWT"}, payload)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
    return ".".join(part.rstrip("=") for part in encoded) + "."


def test_given_a_token_issued_here_then_it_names_the_user_and_the_log_in(
    tokens: Tokens, clock: FakeClock
) -> None:
    token = tokens.issue(CLAIMS, "student", clock() + LASTS)

    assert tokens.read(token) == CLAIMS


def test_given_a_token_issued_here_then_it_says_what_the_security_rules_ask_for(
    tokens: Tokens, clock: FakeClock, payload: dict[str, Any]
) -> None:
    token = tokens.issue(CLAIMS, "student", clock() + LASTS)

    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    assert jwt.decode(token, options={"verify_signature": False}) == payload


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda p: _signed(p, "f" * 64), id="another secret"),
        pytest.param(lambda p: _signed(p)[:-3] + "AAA", id="signature changed"),
        pytest.param(lambda p: _signed(p, SECRET, "HS512"), id="another algorithm, same secret"),
        pytest.param(lambda p: _unsigned(p, "none"), id="alg none"),
        pytest.param(lambda p: _unsigned(p, "None"), id="alg None"),
        pytest.param(lambda p: _unsigned(p, "HS256"), id="no signature"),
        pytest.param(lambda p: _signed(p | {"aud": "proctor:ws"}), id="another audience"),
        pytest.param(lambda p: _signed(p | {"aud": None}), id="no audience"),
        pytest.param(lambda p: _signed(p | {"exp": p["iat"]}), id="expired this moment"),
        pytest.param(lambda p: _signed(p | {"exp": p["iat"] - 1}), id="expired"),
        pytest.param(lambda p: _signed(p | {"nbf": p["iat"] + 1}), id="not yet valid"),
        pytest.param(lambda p: _signed(p | {"exp": "soon"}), id="an end that is no time"),
        pytest.param(lambda p: _signed(p | {"nbf": [1]}), id="a beginning that is no time"),
        pytest.param(lambda p: "", id="empty"),
        pytest.param(lambda p: "a.b", id="two parts"),
        pytest.param(lambda p: "a.b.c", id="not base64"),
        pytest.param(lambda p: "\u00e9.\u00e9.\u00e9", id="not ASCII"),
        pytest.param(lambda p: "x" * 20_000, id="long nonsense"),
        *(
            pytest.param(
                lambda p, name=name: _signed({k: v for k, v in p.items() if k != name}),
                id=f"without {name}",
            )
            for name in ("sub", "jti", "aud", "iat", "nbf", "exp")
        ),
    ],
)
def test_given_anything_else_then_nobody_is_authenticated(
    tokens: Tokens, payload: dict[str, Any], spoil: Callable[[dict[str, Any]], str]
) -> None:
    assert tokens.read(_signed(payload)) == CLAIMS  # the one thing spoilt is what is refused

    with pytest.raises(NotAuthenticated):
        tokens.read(spoil(payload))


@pytest.mark.parametrize("years", [-5, 20])
def test_given_a_server_clock_of_another_time_then_tokens_are_judged_by_it_alone(
    tokens: Tokens, clock: FakeClock, years: int
) -> None:
    clock.advance(years * 365 * 24 * 60 * 60)

    assert tokens.read(tokens.issue(CLAIMS, "student", clock() + LASTS)) == CLAIMS


def test_given_a_token_when_its_time_passes_on_the_servers_clock_then_it_is_refused(
    tokens: Tokens, clock: FakeClock
) -> None:
    token = tokens.issue(CLAIMS, "student", clock() + LASTS)
    clock.advance(LASTS.total_seconds() - 1)
    assert tokens.read(token) == CLAIMS

    clock.advance(1)

    with pytest.raises(NotAuthenticated) as refused:
        tokens.read(token)
    assert refused.value.code == "token_expired"
