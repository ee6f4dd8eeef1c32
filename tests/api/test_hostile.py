"""Whatever is sent to the routes of accounts: an answer in our words, no failure, no secret.

A few hundred requests with every test run; ``make fuzz`` sends ten thousand.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from proctor_app.services.throttle import Limit
from tests.api.conftest import Site
from tests.fakes import jpeg
from tests.world import PASSWORD

REQUESTS = int(os.environ.get("PROCTOR_FUZZ", "400"))
ABOUT_ACCOUNTS = (
    "/api/v1/auth",
    "/api/v1/me",
    "/api/v1/admin",
    "/login",
    "/api/monitor",
    "/api/proctor",
)
PATIENT = settings(
    max_examples=REQUESTS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
KNOWN = "known@example.test"
NASTY = (
    "' OR 1=1 --",
    "\x00",
    "\ud83d",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "${7*7}",
    "a" * 5000,
    "%00%ff",
    "-1",
    "1e309",
    "NaN",
    "null",
    KNOWN,
    "\U0001d542" * 80,
)
_JSON = {"content-type": "application/json"}
NEVER = ("Traceback", 'File "', "sqlalchemy", "sqlite3", "psycopg", "pymysql", "$2b$", "SELECT ")
"""Signs of an answer that tells more than it should."""

texts = st.one_of(st.sampled_from(NASTY), st.text(max_size=60))
names = st.sampled_from(
    ["email", "username", "name", "password", "code", "token", "challenge_id", "role", "limit"]
)
scalars: st.SearchStrategy[Any] = st.one_of(
    texts, st.integers(), st.floats(), st.booleans(), st.none()
)
documents = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(names, texts), inner, max_size=4)
    ),
    max_leaves=12,
)
pictures = st.one_of(
    st.just(jpeg()), st.just(jpeg()[:200]), st.binary(max_size=300), st.just(b"\x89PNG\r\n\x1a\n")
)


@dataclass(frozen=True, slots=True)
class Body:
    """The arguments of a client's call that carry the body."""

    arguments: dict[str, Any] = field(default_factory=dict)


def _lossy(value: str) -> str:
    """A header or a form field as a client can send it."""
    return value.encode("utf-8", "replace").decode("utf-8")


def _form(fields: dict[str, str], files: list[bytes]) -> Body:
    sent = {_lossy(name): _lossy(value) for name, value in fields.items()}
    uploads = [("image", (f"{i}.jpg", one, "image/jpeg")) for i, one in enumerate(files)]
    return Body({"data": sent, "files": uploads} if uploads else {"data": sent})


bodies = st.one_of(
    st.just(Body()),
    st.builds(_form, st.dictionaries(names, texts, max_size=5), st.lists(pictures, max_size=3)),
    documents.map(lambda one: Body({"content": json.dumps(one).encode(), "headers": _JSON})),
    st.binary(max_size=400).map(lambda one: Body({"content": one, "headers": _JSON})),
    st.binary(max_size=400).map(
        lambda one: Body(
            {"content": one, "headers": {"content-type": "multipart/form-data; boundary=x"}}
        )
    ),
    st.integers(1, 3000).map(
        lambda depth: Body({"content": b"[" * depth + b"]" * depth, "headers": _JSON})
    ),
)


def paths(site: Site) -> list[str]:
    """Every path about accounts, from the route table."""
    found = {str(context.path) for context in iter_route_contexts(site.app.routes)}
    return sorted(path for path in found if path.startswith(ABOUT_ACCOUNTS))


def _filled(path: str, value: str) -> str:
    parts = path.split("{")
    safe = "".join(character for character in value if character.isalnum() or character in "-_.~")
    return parts[0] + "".join((safe or "x") + part.split("}", 1)[1] for part in parts[1:])


def check(answer: Any, secrets: tuple[str, ...]) -> None:
    """An answer is no failure, tells nothing it should not, and a refusal is in the contract's
    form."""
    assert answer.status_code < 500, answer.text[:500]
    for sign in (*NEVER, *secrets):
        assert sign not in answer.text, f"{sign!r} in {answer.text[:500]}"
    if answer.status_code >= 400 and answer.headers["content-type"] == "application/json":
        assert set(answer.json()) >= {"detail", "code"}


@pytest.fixture
def hostile(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An installation with people in it, and without the throttle that would end the test."""
    throttle = site.world.services.logins._throttle
    monkeypatch.setattr(throttle, "hit", lambda *_arguments, **_options: None)
    assert Limit.LOG_IN_ADDRESS in Limit
    site.world.services.accounts.create(KNOWN, PASSWORD, site.world.person().actor.role)
    return site


def test_random_requests_are_answered_and_learn_nothing(hostile: Site) -> None:
    person = hostile.world.person()
    statuses: Counter[int] = Counter()
    where = paths(hostile)
    assert len(where) > 5
    secret = hostile.world.services.logins._tokens._secret

    @PATIENT
    @given(
        st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]),
        st.sampled_from(where),
        texts,
        st.one_of(st.none(), texts, st.just(person.token), st.just(person.token[:-3])),
        bodies,
    )
    def send(method: str, path: str, value: str, token: str | None, body: Body) -> None:
        if token == person.token and "logout" in path:
            return  # the rest would be sent by nobody
        arguments = dict(body.arguments)
        headers = dict(arguments.pop("headers", {}))
        if token is not None:
            headers["authorization"] = f"Bearer {_lossy(token)}".encode()
        answer = hostile.client.request(
            method, _filled(path, value), headers=headers, follow_redirects=False, **arguments
        )
        statuses[answer.status_code] += 1
        check(answer, (secret,) if token == person.token else (secret, KNOWN))

    send()
    assert sum(statuses.values()) >= REQUESTS * 0.8
    assert {401, 422} <= set(statuses), statuses


def _as_text(part: Any) -> Any:
    """A field of a form that the client is to send: one that is no file is text."""
    if isinstance(part, tuple) and not isinstance(part[1], str | bytes):
        return (part[0], str(part[1]), *part[2:])
    return part


def sent_by(client: TestClient, case: Any, bearer: dict[str, str]) -> Any:
    sent = case.as_transport_kwargs(base_url=str(client.base_url))
    headers = {
        name: value
        for name, value in dict(sent.pop("headers", None) or {}).items()
        if name.lower() not in ("authorization", "cookie")
    }
    sent = {name: value for name, value in sent.items() if name != "cookies"}
    if "files" in sent:
        sent["files"] = [(name, _as_text(part)) for name, part in sent["files"]]
    if isinstance(sent.get("data"), bytes):
        sent["content"] = sent.pop("data")
    if "logout" in case.path:
        bearer = {}
    return client.request(
        sent.pop("method"),
        sent.pop("url"),
        headers={**headers, **bearer},
        follow_redirects=False,
        **sent,
    )


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/api/v1/auth/login/password", {"password": "wrong, but long"}),
        ("/login", {"password": "wrong, but long"}),
    ],
)
def test_a_known_and_an_unknown_account_are_told_alike(
    hostile: Site, path: str, form: dict[str, str]
) -> None:
    answers = [
        hostile.client.post(path, data={**form, "email": email}, follow_redirects=False)
        for email in (KNOWN, "unknown@example.test")
    ]
    assert answers[0].status_code == answers[1].status_code == 401
    assert answers[0].json() == answers[1].json()
