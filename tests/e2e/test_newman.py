"""A server whose database is fresh: its pages say so, and newman runs the Postman collection."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import ADMIN, MEDIA, ROOT, Launch, Server, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_FOLDER = ROOT / "postman_collection"
_COLLECTION = _FOLDER / "proctor.postman_collection.json"
_NEWMAN = ROOT / ".venv" / "newman" / "node_modules" / "newman" / "bin" / "newman.js"
_PLACE = re.compile(r"\{+\w+\}+")
_CONTRACT = """
    POST /api/v1/auth/signup  POST /api/v1/auth/login/password  POST /api/v1/auth/login/face
    POST /api/v1/auth/login/face/challenge  POST /api/v1/auth/logout  POST /api/v1/auth/logout-all
    GET /api/v1/auth/me  GET /api/v1/auth/sessions  DELETE /api/v1/auth/sessions/{id}
    POST /api/v1/exam/start/{id}  POST /api/v1/exam/pause/{id}  POST /api/v1/exam/resume/{id}
    POST /api/v1/exam/stop/{id}  GET /api/v1/exam/session/{id}  GET /api/v1/exam/summary/{id}
    POST /api/v1/exam/clear-logs/{id}
    POST /login  GET /admin/dashboard  GET /admin/exams  GET /admin/users  POST /admin/exams
    POST /api/monitor/face_log  POST /api/monitor/tab_event  POST /api/proctor/events
    POST /api/v1/exams  GET /api/v1/exams  GET /api/v1/exams/{id}  PATCH /api/v1/exams/{id}
    DELETE /api/v1/exams/{id}  PUT /api/v1/exams/{id}/proctors
    GET /api/v1/attempts  GET /api/v1/attempts/{id}  PUT /api/v1/attempts/{id}/answers/{id}
    POST /api/v1/attempts/{id}/submit  POST /api/v1/attempts/{id}/message
    POST /api/v1/attempts/{id}/terminate  GET /api/v1/attempts/{id}/incidents
    GET /api/v1/incidents/{id}/evidence/0  POST /api/v1/incidents/{id}/verdict
    POST /api/v1/attempts/{id}/verdict  POST /api/v1/attempts/{id}/release
    POST /api/v1/attempts/{id}/appeal  POST /api/v1/attempts/{id}/appeal/answer
    GET /api/v1/attempts/{id}/report
    POST /api/v1/admin/api-keys  GET /api/v1/key  DELETE /api/v1/admin/api-keys/{id}
    POST /api/v1/admin/webhooks  GET /api/v1/admin/webhooks/{id}/deliveries
"""


def _requests(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from _requests(item["item"])
        else:
            yield item


def test_the_collection_asks_every_route_of_the_contract_and_looks_at_every_answer() -> None:
    asked = list(_requests(json.loads(_COLLECTION.read_text())["item"]))
    routes = set()
    for item in asked:
        address = item["request"]["url"]["raw"].removeprefix("{{base_url}}").partition("?")[0]
        routes.add(f"{item['request']['method']} {_PLACE.sub('{id}', address)}")
        (script,) = [event["script"]["exec"] for event in item["event"]]
        assert "pm.test(" in "\n".join(script), item["name"]

    wanted = {" ".join(pair) for pair in zip(*[iter(_CONTRACT.split())] * 2, strict=True)}
    assert wanted - routes == set()


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("data"))
    found.start()
    yield found
    found.stop()


def test_given_a_fresh_server_then_its_lists_say_that_nothing_is_there_yet(
    fresh: Server, launch: Launch
) -> None:
    admin = Visitor(launch(None), fresh.url)
    admin.enter(*ADMIN)
    for path, words in (
        ("/admin/exams", "No exam of your own yet"),
        ("/proctor", "Nobody is being monitored yet"),
    ):
        admin.page.goto(f"{fresh.url}{path}")
        admin.sees(words)
    assert admin.errors == []


def test_given_a_fresh_server_then_newman_finds_nothing_wrong(
    fresh: Server, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"

    done = subprocess.run(
        [
            ROOT / ".venv" / "bin" / "bun", "--bun", _NEWMAN, "run", _COLLECTION,
            "--environment", _FOLDER / "local.postman_environment.json",
            "--env-var", f"base_url={fresh.url}",
            "--env-var", f"admin_email={ADMIN[0]}",
            "--env-var", f"admin_password={ADMIN[1]}",
            "--working-dir", MEDIA,
            "--reporters", "json", "--reporter-json-export", report,
        ],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip

    assert report.is_file(), done.stdout + done.stderr
    found = json.loads(report.read_text())["run"]
    wrong = [
        f"{one['source']['name']}: {one['error']['test']}: {one['error']['message']}"
        for one in found["failures"]
    ]
    assert wrong == []
    assert done.returncode == 0
    requests, assertions = found["stats"]["requests"], found["stats"]["assertions"]
    assert requests["failed"] == assertions["failed"] == 0
    asked = list(_requests(json.loads(_COLLECTION.read_text())["item"]))
    assert requests["total"] >= len(asked) > 100
    assert assertions["total"] >= 2 * len(asked)
