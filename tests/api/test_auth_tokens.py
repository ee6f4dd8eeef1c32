"""Every way in which a token is no good, tried on a route and by cookie: all of them are 401."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from proctor_app import cookies
from proctor_app.db.tables import Login, User
from proctor_app.services.tokens import AUDIENCE
from proctor_app.settings import resolve_secret
from tests.api.conftest import Site
from tests.world import Person

Claims = dict[str, Any]


def _claims(site: Site, who: Person) -> Claims:
    """What the person's own good token says."""
    now = site.world.clock()
    return {
        "sub": who.id,
        "jti": who.actor.session_id,
        "role": "student",
        "aud": AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(hours=1),
    }


def _signed(site: Site, claims: Claims) -> str:
    return jwt.encode(claims, resolve_secret(site.world.settings), algorithm="HS256")


def _unsigned(site: Site, claims: Claims) -> str:
    times = {name: int(claims[name].timestamp()) for name in ("iat", "nbf", "exp")}
    parts = ({"alg": "none", "typ": "JWT"}, claims | times)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in parts)
    return ".".join(part.rstrip("=") for part in encoded) + "."


def _wrong_signature(site: Site, who: Person) -> str:
    return jwt.encode(_claims(site, who), "f" * 64, algorithm="HS256")


def _alg_none(site: Site, who: Person) -> str:
    return _unsigned(site, _claims(site, who))


def _other_audience(site: Site, who: Person) -> str:
    return _signed(site, _claims(site, who) | {"aud": "proctor:ticket"})


def _expired(site: Site, who: Person) -> str:
    return _signed(site, _claims(site, who) | {"exp": site.world.clock()})


def _not_yet_valid(site: Site, who: Person) -> str:
    return _signed(site, _claims(site, who) | {"nbf": site.world.clock() + timedelta(seconds=1)})


def _another_ones_log_in(site: Site, who: Person) -> str:
    other = site.world.person()
    return _signed(site, _claims(site, who) | {"jti": other.actor.session_id})


def _no_such_log_in(site: Site, who: Person) -> str:
    return _signed(site, _claims(site, who) | {"jti": "nothing"})


def _revoked(site: Site, who: Person) -> str:
    with site.world.database.write() as session:
        session.get_one(Login, who.actor.session_id).revoked_at = site.world.clock()
    return who.token


def _disabled(site: Site, who: Person) -> str:
    with site.world.database.write() as session:
        session.get_one(User, who.id).disabled_at = site.world.clock()
    return who.token


@pytest.mark.parametrize(
    "spoilt",
    [
        _wrong_signature,
        _alg_none,
        _other_audience,
        _expired,
        _not_yet_valid,
        _another_ones_log_in,
        _no_such_log_in,
        _revoked,
        _disabled,
    ],
)
@pytest.mark.parametrize("where", ["bearer", "cookie"])
def test_given_a_token_that_is_no_good_then_it_is_401(
    site: Site, spoilt: Callable[[Site, Person], str], where: str
) -> None:
    ana = site.world.person()

    def ask(token: str) -> int:
        headers = {
            "bearer": {"Authorization": f"Bearer {token}"},
            "cookie": {"Cookie": f"{cookies.NAME}={token}"},
        }[where]
        return site.client.get("/api/v1/auth/me", headers=headers).status_code

    assert ask(_signed(site, _claims(site, ana))) == 200  # one thing alone is what is refused
    assert ask(spoilt(site, ana)) == 401
