"""The AsyncAPI document against the WebSocket itself: every form, every answer, every close."""

import base64
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_args

import jsonschema_rs
import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from proctor_app.api import asyncapi, ws, ws_messages
from proctor_app.api.asyncapi_codes import CLOSES, ERRORS
from proctor_app.api.ws_messages import BadMessage, parse
from proctor_app.db.session import DatabaseUnavailable
from proctor_app.db.tables import Attempt
from proctor_app.domain.access import Role
from proctor_app.services import monitoring, moves
from proctor_app.services.attempts import Attempts
from proctor_app.services.browser_signals import BrowserSignals
from proctor_app.services.logins import Logins
from proctor_app.vision.frame import FRAME_LIMITS, RejectCode
from tests.api.conftest import Site
from tests.fakes import jpeg
from tests.world import Person, eventually_in_thread

pytestmark = pytest.mark.timeout(60)
DOCUMENT = asyncapi.build()
MESSAGES: Mapping[str, Any] = DOCUMENT["components"]["messages"]
PICTURE = jpeg()
BASE64 = base64.b64encode(PICTURE).decode()


def names(operation: str) -> list[str]:
    found = DOCUMENT["operations"][operation]["messages"]
    return [str(one["$ref"]).rpartition("/")[2] for one in found]


def check(message: Mapping[str, Any]) -> str:
    """The name of the message; fails where the document has none of this type, or another form."""
    name = str(message["type"])
    assert name in names("receive"), f"the document does not know {message}"
    jsonschema_rs.validator_for(MESSAGES[name]["payload"]).validate(message)
    return name


def hear(socket: WebSocketTestSession, kind: str) -> dict[str, Any]:
    """The next message of this type; each on the way is held against the document."""
    while True:
        message: dict[str, Any] = socket.receive_json()
        if check(message) == kind:
            return message


def close_code(socket: WebSocketTestSession) -> int:
    with pytest.raises(WebSocketDisconnect) as closed:
        hear(socket, "never sent")
    return closed.value.code


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ws, "AUTH_TIMEOUT_S", 0.2)
    monkeypatch.setattr(ws, "_FLOOD_PAUSE_S", 0.001)


@pytest.fixture
def ana(site: Site) -> Person:
    return site.world.person(name="Ana")


def test_the_document_has_the_parts_of_its_standard() -> None:
    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert set(DOCUMENT) >= {"info", "channels", "operations", "components", "servers"}
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    channel = DOCUMENT["channels"]["stream"]
    assert channel["address"] == "/ws/{user_id}"
    assert set(channel["messages"]) == set(MESSAGES)
    assert {*names("send"), *names("receive")} == set(MESSAGES)
    for one in MESSAGES.values():
        jsonschema_rs.meta.validate(one["payload"])


def examples() -> Iterator[tuple[str, Any]]:
    for name, message in MESSAGES.items():
        for example in message["examples"]:
            yield name, example["payload"]


@pytest.mark.parametrize(("name", "payload"), list(examples()))
def test_every_example_is_of_its_schema_and_those_of_clients_are_taken(
    name: str, payload: Any
) -> None:
    jsonschema_rs.validator_for(MESSAGES[name]["payload"]).validate(payload)
    if name in names("send"):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        assert not isinstance(parse(text), BadMessage)


def test_every_message_a_client_can_send_is_answered_as_the_document_says(
    site: Site, ana: Person
) -> None:
    token = site.start(ana)["wsConfig"]["token"]
    heard = []
    with site.client.websocket_connect(f"/ws/{ana.id}") as socket:
        socket.send_json({**MESSAGES["auth"]["examples"][0]["payload"], "token": token})
        socket.send_json({"type": "ping"})
        heard.append(hear(socket, "pong")["type"])
        frames: list[bytes | str] = [PICTURE, BASE64, f"data:image/jpeg;base64,{BASE64}"]
        frames.append(json.dumps({"type": "frame", "seq": 5, "image": BASE64}))
        for frame in frames:
            site.world.clock.advance(0.5)
            if isinstance(frame, bytes):
                socket.send_bytes(frame)
            else:
                socket.send_text(frame)
            heard += [hear(socket, kind)["type"] for kind in ("ack", "status")]
        event = MESSAGES["event"]["examples"][0]["payload"]
        socket.send_json({**event, "timestamp": "2026-03-02T09:00:01Z"})
        heard.append(hear(socket, "ack")["type"])
        site.world.engine.faces = 0
        for number in range(3):
            site.world.clock.advance(1.0)
            socket.send_bytes(jpeg(number))
            if number < 2:
                hear(socket, "ack")
        heard.append(hear(socket, "logs")["type"])
        socket.send_text("{")
        heard.append(hear(socket, "error")["type"])
        _warn(site, ana)
        heard.append(hear(socket, "control")["type"])
        site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=ana.bearer)
        assert close_code(socket) == 1000

    assert set(heard) == set(names("receive"))


def _warn(site: Site, ana: Person) -> None:
    proctor = site.world.person(Role.PROCTOR)
    attempt_id = site.start(ana)["wsConfig"]["sessionId"]
    answer = site.client.post(
        f"/api/v1/attempts/{attempt_id}/message",
        json={"kind": "warning", "text": "Please look at your own screen."},
        headers=proctor.bearer,
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "message",
    [
        "{", '{"type": "dance"}', '{"type": "frame"}', '{"type": "frame", "seq": -1}', "%%%", "",
        b"", b"no picture", PICTURE[:300], jpeg(0, 1928, 32), bytes(FRAME_LIMITS.max_bytes + 1),
        '{"type": "auth", "token": "again"}', '{"type": "event"}',
    ],
)  # fmt: skip
def test_every_refusal_is_an_error_of_the_document(
    site: Site, ana: Person, message: str | bytes
) -> None:
    with site.connect(ana) as socket:
        if isinstance(message, bytes):
            socket.send_bytes(message)
        else:
            socket.send_text(message)
        assert hear(socket, "error")["code"] in ERRORS


def test_an_attempt_that_pauses_or_is_ended_says_so_in_the_documents_words(
    site: Site, ana: Person
) -> None:
    proctor = site.world.person(Role.PROCTOR)
    with site.connect(ana) as socket:
        for step in ("pause", "resume"):
            site.client.post(f"/api/v1/exam/{step}/{ana.id}", headers=proctor.bearer)
            assert hear(socket, "control")["action"] == step
        attempt_id = site.start(ana)["wsConfig"]["sessionId"]
        site.client.post(
            f"/api/v1/attempts/{attempt_id}/terminate",
            json={"reason": "The candidate left."},
            headers=proctor.bearer,
        )
        assert hear(socket, "control")["action"] == "terminate"
        assert close_code(socket) == 1000


def test_what_is_sent_to_an_attempt_that_takes_nothing_is_refused_in_the_documents_words(
    site: Site, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    proctor = site.world.person(Role.PROCTOR)
    event = {"type": "event", "kind": "hidden", "timestamp": "2026-03-02T09:00:01Z"}
    codes = list[str]()
    with site.connect(ana) as socket:

        def refused(message: bytes | dict[str, Any]) -> None:
            if isinstance(message, bytes):
                socket.send_bytes(message)
            else:
                socket.send_json(message)
            codes.append(hear(socket, "error")["code"])

        site.client.post(f"/api/v1/exam/pause/{ana.id}", headers=proctor.bearer)
        assert hear(socket, "control")["action"] == "pause"
        refused(PICTURE)
        with monkeypatch.context() as patch:
            patch.setattr(Attempts, "by_id", _unavailable)
            refused(PICTURE)
            refused(event)
        # As another worker does, of whom this one has not heard yet.
        _set(site, status="submitted", open_for=None, ended_at=site.world.clock())
        refused(PICTURE)
        refused(event)
        _set(site, user_id=proctor.id)
        refused(PICTURE)

    assert codes == [
        "attempt_paused", "database_unavailable", "database_unavailable", "attempt_not_running",
        "attempt_ended", "not_allowed",
    ]  # fmt: skip
    assert set(codes) <= set(ERRORS)


def _set(site: Site, **columns: object) -> None:
    (attempt,) = site.world.rows(Attempt)
    with site.world.database.write() as session:
        row = session.get_one(Attempt, attempt.id)
        for name, value in columns.items():
            setattr(row, name, value)


_RAISED = re.compile(r'(?:BadMessage|Conflict|NotFound|Unavailable)\(\s*"([a-z_]+)"')


def test_every_code_that_a_frame_or_an_event_can_be_refused_with_is_documented() -> None:
    parts = (ws_messages, monitoring, moves, BrowserSignals._write)
    raised = {code for part in parts for code in _RAISED.findall(inspect.getsource(part))}

    assert {"attempt_ended", "bad_seq", "no_attempt", "vision_failed"} <= raised
    assert raised | set(get_args(RejectCode)) <= set(ERRORS)


# --- closes ---


@contextmanager
def opened(site: Site, ana: Person, token: str = "", **headers: str) -> Iterator[Any]:
    query = f"?token={token}" if token else ""
    with site.client.websocket_connect(f"/ws/{ana.id}{query}", headers=headers) as socket:
        yield socket


def test_every_close_code_is_one_of_the_document_and_each_of_them_is_sent(
    site: Site, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = set()
    with opened(site, ana, "made up") as socket:
        codes.add(close_code(socket))
    with opened(site, ana, origin="https://evil.example") as socket:
        codes.add(close_code(socket))
    with site.connect(ana) as first, site.connect(ana):
        codes.add(close_code(first))
    eventually_in_thread(lambda: site.world.services.broadcast.watchers == 0)
    with site.connect(ana) as socket:
        for _ in range(5):
            socket.send_bytes(bytes(FRAME_LIMITS.max_bytes + 1))
        codes.add(close_code(socket))
    token = site.start(ana)["wsConfig"]["token"]
    with monkeypatch.context() as patch:
        patch.setattr(Logins, "check_session", _unavailable)
        with opened(site, ana, token) as socket:
            codes.add(close_code(socket))
    with site.connect(ana) as socket:
        site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=ana.bearer)
        codes.add(close_code(socket))

    assert codes == set(CLOSES)
    written = {str(code) for code in CLOSES}
    assert set(DOCUMENT["channels"]["stream"]["x-close-codes"]) == written


def _unavailable(*_arguments: object, **_options: object) -> None:
    raise DatabaseUnavailable


def test_a_type_that_the_document_does_not_know_is_noticed() -> None:
    with pytest.raises(AssertionError, match="does not know"):
        check({"type": "surprise"})
    with pytest.raises(jsonschema_rs.ValidationError):
        check({"type": "pong", "more": 1})
