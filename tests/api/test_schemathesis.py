"""Requests made from the whole published document, sent by everybody: no failure, and no answer
that the document does not describe. `make fuzz` sends many more."""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from proctor_app.domain.access import Role
from proctor_app.services.roster_files import RosterRow
from tests.api import documented
from tests.api.conftest import Site
from tests.api.test_hostile import check, sent_by
from tests.exams import publish
from tests.fakes import png

EXAMPLES = max(1, int(os.environ.get("PROCTOR_FUZZ", "100")) // 100)
"""Of each operation for each role."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
LAST = ("logout", "password", "second-factor", "reset", "sessions", "erasure", "face", "secret")
"""What would lock out whoever asks the rest comes after it."""
SLOW = "pdf"  # seconds each; the other formats take the same way
EACH = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def ids(site: Site, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An installation with something in it, and without the throttle that would end the test."""
    services = site.world.services
    monkeypatch.setattr(services.logins._throttle, "hit", lambda *_given, **_named: None)
    candidate = site.world.person()
    attempt_id = site.absent(candidate)
    admin = site.world.person(Role.ADMIN)
    exam = publish(site.world)
    entry = services.rosters.add(admin.actor, exam.id, RosterRow(candidate.email))
    picture = services.exam_pictures.add(admin.actor, exam.id, png())
    return {
        "exam_id": exam.id,
        "entry_id": str(entry.id),
        "picture_id": picture.id,
        "user_id": candidate.id,
        "attempt_id": attempt_id,
        "incident_id": "1",
        "n": "0",
        "token": candidate.token,
    }


def operations() -> list[Any]:
    """Every operation of the document, those that end something last."""
    schema = schemathesis.openapi.from_dict(documented.document())
    found = []
    for one in schema.get_all_operations():
        assert isinstance(one, Ok), one
        found.append(one.ok())
    return sorted(found, key=lambda one: (one.method == "delete", _locks_out(one.path)))


def _locks_out(path: str) -> bool:
    return any(word in path for word in LAST)


def headers_of(site: Site, ids: dict[str, str], role: Role | None) -> Iterator[dict[str, str]]:
    """The way in of somebody of this role, again and again: some requests end a session."""
    while True:
        if role is None:
            yield {}
        elif role is Role.STUDENT:
            yield {"Authorization": f"Bearer {ids['token']}"}
        else:
            yield site.world.person(role).bearer


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("role", [None, *Role])
def test_every_answer_to_requests_made_from_the_document_is_as_it_says(
    site: Site, ids: dict[str, str], role: Role | None
) -> None:
    statuses: Counter[int] = Counter()
    ways = headers_of(site, ids, role)
    wrong: list[str] = []
    for operation in operations():
        try:
            _send_examples(site, ids, operation, next(ways), statuses)
        except (AssertionError, BaseExceptionGroup) as error:
            parts = getattr(error, "exceptions", (error,))
            wrong += [f"{operation.label}: {one}"[:700] for one in parts]
    assert wrong == [], "\n".join(wrong)
    assert sum(statuses.values()) >= 100
    assert 200 in statuses
    assert 401 in statuses if role is None else 403 in statuses or role is Role.ADMIN


def _send_examples(
    site: Site, ids: dict[str, str], operation: Any, bearer: dict[str, str], seen: Counter[int]
) -> None:
    @EACH
    @given(operation.as_strategy())
    def call(case: Any) -> None:
        for name in set(case.path_parameters or {}) & set(ids):
            case.path_parameters[name] = ids[name]
        if (case.query or {}).get("format") == SLOW:
            case.query["format"] = "html"
        answer = sent_by(site.client, case, bearer)
        seen[answer.status_code] += 1
        check(answer, ())
        answer.request.read()
        case.validate_response(answer, checks=CHECKS)

    call()
