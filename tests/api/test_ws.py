"""The WebSocket of a candidate's stream, as clients of the contract use and misuse it."""

import base64
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from proctor_app.api import ws
from proctor_app.db.session import Database, DatabaseUnavailable
from proctor_app.db.tables import AttemptEvent, Incident
from proctor_app.domain.access import Role
from proctor_app.services.logins import Logins
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FRAME_LIMITS, FrameRejected
from tests.api.conftest import MakeSite, Site
from tests.api.peers import Peer
from tests.fakes import jpeg
from tests.world import PASSWORD, Person, change_elsewhere, eventually_in_thread

pytestmark = pytest.mark.timeout(30)
PICTURE = jpeg()
BASE64 = base64.b64encode(PICTURE).decode()
TOO_LARGE = bytes(FRAME_LIMITS.max_bytes + 1)
Message = dict[str, Any]


@pytest.fixture
def ana(site: Site) -> Person:
    return site.world.person(name="Ana")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that are long for people are short here."""
    monkeypatch.setattr(ws, "AUTH_TIMEOUT_S", 0.2)
    monkeypatch.setattr(ws, "_FLOOD_PAUSE_S", 0.001)


def hear(socket: WebSocketTestSession, kind: str) -> Message:
    """The next message of this type; others are passed over."""
    while True:
        message: Message = socket.receive_json()
        if message["type"] == kind:
            return message


def close_code(socket: WebSocketTestSession) -> int:
    """With which code the server ends the connection."""
    with pytest.raises(WebSocketDisconnect) as closed:
        hear(socket, "never sent")
    return closed.value.code


def framed(**fields: Any) -> str:
    return json.dumps({"type": "frame", "image": BASE64, **fields})


def ticket(site: Site, who: Person) -> str:
    found: str = site.start(who)["wsConfig"]["token"]
    return found


# --- coming in ---


def test_given_a_ticket_in_the_address_then_the_connection_is_open(site: Site, ana: Person) -> None:
    with site.connect(ana) as socket:
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


def test_given_a_ticket_in_the_first_message_then_the_connection_is_open(
    site: Site, ana: Person
) -> None:
    token = ticket(site, ana)
    with site.client.websocket_connect(f"/ws/{ana.id}") as socket:
        socket.send_json({"type": "auth", "token": token})
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


def test_given_no_first_message_within_the_time_then_it_is_closed_4401(
    site: Site, ana: Person
) -> None:
    with site.client.websocket_connect(f"/ws/{ana.id}") as socket:
        assert close_code(socket) == 4401


@pytest.mark.parametrize(
    "first",
    [
        pytest.param({"type": "ping"}, id="ping"),
        pytest.param({"type": "frame", "image": BASE64}, id="frame"),
        pytest.param({"type": "auth"}, id="no token"),
        pytest.param({"type": "auth", "token": ""}, id="empty token"),
        pytest.param({"type": "auth", "token": "made up"}, id="made up"),
        pytest.param({"type": "auth", "token": "\ud800"}, id="half a character"),
        pytest.param({"type": "auth", "token": "x" * 100_000}, id="long"),
        pytest.param([], id="no object"),
    ],
)
def test_given_a_first_message_without_a_good_ticket_then_it_is_closed_4401(
    site: Site, ana: Person, first: object
) -> None:
    site.start(ana)
    with site.client.websocket_connect(f"/ws/{ana.id}") as socket:
        socket.send_text(json.dumps(first))
        assert close_code(socket) == 4401
    assert site.world.engine.looked_at == []


def _made_up(site: Site, ana: Person) -> str:
    return "made-up"


def _used(site: Site, ana: Person) -> str:
    token = ticket(site, ana)
    with site.client.websocket_connect(f"/ws/{ana.id}?token={token}"):
        return token


def _expired(site: Site, ana: Person) -> str:
    token = ticket(site, ana)
    site.world.clock.advance(31)
    return token


def _log_in_token(site: Site, ana: Person) -> str:
    return ana.token


def _of_an_ended_log_in(site: Site, ana: Person) -> str:
    token = ticket(site, ana)
    site.world.services.logins.log_out(ana.actor)
    return token


@pytest.mark.parametrize("make", [_made_up, _used, _expired, _log_in_token, _of_an_ended_log_in])
def test_given_no_good_ticket_then_it_is_closed_4401(
    site: Site, ana: Person, make: Callable[[Site, Person], str]
) -> None:
    token = make(site, ana)
    with site.client.websocket_connect(f"/ws/{ana.id}?token={token}") as socket:
        assert close_code(socket) == 4401


@pytest.mark.parametrize("where", ["bearer", "cookie"])
def test_given_a_ticket_then_it_opens_nothing_else(site: Site, ana: Person, where: str) -> None:
    token = ticket(site, ana)
    headers = {
        "bearer": {"Authorization": f"Bearer {token}"},
        "cookie": {"Cookie": f"proctor_session={token}"},
    }[where]

    assert site.client.get("/api/v1/auth/me", headers=headers).status_code == 401


@pytest.mark.parametrize("role", Role)
def test_given_another_ones_path_then_it_is_closed_4403(
    site: Site, ana: Person, role: Role
) -> None:
    other = site.world.person(role)
    token = ticket(site, other)
    with site.client.websocket_connect(f"/ws/{ana.id}?token={token}") as socket:
        assert close_code(socket) == 4403


@pytest.mark.parametrize("is_own", [False, True])
def test_given_staff_started_the_attempt_then_its_ticket_opens_neither_its_path_nor_their_own(
    site: Site, ana: Person, is_own: bool
) -> None:
    proctor = site.world.person(Role.PROCTOR)
    started = site.client.post(f"/api/v1/exam/start/{ana.id}", headers=proctor.bearer).json()
    token, path = started["wsConfig"]["token"], proctor.id if is_own else ana.id
    with site.client.websocket_connect(f"/ws/{path}?token={token}") as socket:
        assert close_code(socket) == 4403


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://testserver.evil.example", "null", "http://["]
)
def test_given_a_foreign_origin_then_it_is_closed_4403_and_the_ticket_stays_good(
    site: Site, ana: Person, origin: str
) -> None:
    token = ticket(site, ana)
    address = f"/ws/{ana.id}?token={token}"
    with site.client.websocket_connect(address, headers={"origin": origin}) as socket:
        assert close_code(socket) == 4403

    with site.client.websocket_connect(address) as socket:
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


@pytest.mark.parametrize("origin", ["http://testserver", "https://lms.example.org"])
def test_given_our_own_or_an_allowed_origin_then_the_connection_is_open(
    make_site: MakeSite, origin: str
) -> None:
    site = make_site(PROCTOR_ALLOWED_ORIGINS="https://lms.example.org")
    with site.connect(site.world.person(), headers={"origin": origin}) as socket:
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


def test_given_the_client_leaves_before_it_is_known_then_nothing_is_left_behind(
    site: Site, ana: Person
) -> None:
    with site.client.websocket_connect(f"/ws/{ana.id}"):
        pass

    assert site.world.services.broadcast.watchers == 0


# --- frames ---


@pytest.mark.parametrize(
    ("send", "seq"),
    [
        pytest.param(lambda s: s.send_bytes(PICTURE), 1, id="binary"),
        pytest.param(lambda s: s.send_text(BASE64), 1, id="base64"),
        pytest.param(lambda s: s.send_text(f"data:image/jpeg;base64,{BASE64}"), 1, id="data URL"),
        pytest.param(lambda s: s.send_text(framed(seq=41)), 41, id="JSON with seq"),
        pytest.param(lambda s: s.send_text(framed(seq=0)), 0, id="JSON with seq 0"),
        pytest.param(lambda s: s.send_text(framed()), 1, id="JSON without seq"),
    ],
)
def test_given_a_frame_in_any_form_then_it_is_acknowledged_and_the_status_follows(
    site: Site, ana: Person, send: Callable[[WebSocketTestSession], None], seq: int
) -> None:
    with site.connect(ana) as socket:
        site.world.clock.advance(0.5)
        send(socket)

        assert socket.receive_json() == {"type": "ack", "seq": seq, "analysed": True}
        assert socket.receive_json() == {
            "type": "status",
            "face": "one",
            "face_box": [0.25, 0.25, 0.5, 0.75],
            "quality": "ok",
            "open": [],
            "degraded": False,
        }
    assert site.world.engine.looked_at == [PICTURE]


def test_given_frames_without_numbers_then_the_server_counts_them(site: Site, ana: Person) -> None:
    with site.connect(ana) as socket:
        numbers = []
        for _ in range(3):
            site.world.clock.advance(0.5)
            socket.send_bytes(PICTURE)
            numbers.append(hear(socket, "ack")["seq"])

    assert numbers == [1, 2, 3]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "malformed_json"),
        ('{"type": "dance"}', "unknown_type"),
        (framed(seq="one"), "bad_seq"),
        ('{"type": "frame"}', "image_missing"),
        ("%%%", "malformed_base64"),
        (framed(image="%%%"), "malformed_base64"),
        ("", "frame_empty"),
        (b"", "frame_empty"),
        (b"not a picture", "frame_not_an_image"),
        (PICTURE[:300], "frame_truncated"),
        (jpeg(0, 1928, 32), "frame_dimensions"),
        (TOO_LARGE, "frame_too_large"),
        (base64.b64encode(TOO_LARGE).decode(), "frame_too_large"),
        ("x" * 1_000_000, "frame_too_large"),
        ('{"type": "auth", "token": "again"}', "already_authenticated"),
    ],
)
def test_given_a_message_that_does_not_serve_then_the_error_is_coded_and_the_socket_lives_on(
    site: Site, ana: Person, message: str | bytes, code: str
) -> None:
    with site.connect(ana) as socket:
        if isinstance(message, bytes):
            socket.send_bytes(message)
        else:
            socket.send_text(message)
        error = socket.receive_json()
        assert (error["type"], error["code"]) == ("error", code)
        assert error["detail"]

        site.world.clock.advance(0.5)
        socket.send_bytes(PICTURE)
        assert hear(socket, "ack")["analysed"]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (FrameRejected("frame_undecodable", "damaged"), "frame_undecodable"),
        (VisionFailed("a model failed"), "vision_failed"),
        (RuntimeError("nobody thought of this"), "frame_failed"),
    ],
)
def test_given_a_frame_that_fails_in_the_engine_then_its_error_names_it_and_the_socket_lives_on(
    site: Site, ana: Person, failure: Exception, code: str
) -> None:
    site.world.engine.script.append(failure)
    with site.connect(ana) as socket:
        socket.send_text(framed(seq=7))
        error = socket.receive_json()
        assert (error["type"], error["code"], error["seq"]) == ("error", code, 7)

        site.world.clock.advance(0.5)
        socket.send_text(framed(seq=8))
        assert hear(socket, "ack")["seq"] == 8


def test_given_the_database_fails_then_the_frame_is_answered_and_the_socket_lives_on(
    site: Site, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(_database: Database) -> None:
        raise DatabaseUnavailable

    with site.connect(ana) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(Database, "read", unavailable)
            socket.send_text(framed(seq=7))
            error = socket.receive_json()
        assert (error["code"], error["seq"]) == ("database_unavailable", 7)

        site.world.clock.advance(0.5)
        socket.send_text(framed(seq=8))
        assert hear(socket, "ack")["seq"] == 8


def test_given_the_database_fails_when_coming_in_then_the_client_is_told_to_try_again(
    site: Site, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = ticket(site, ana)

    def unavailable(*_: object, **__: object) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(Logins, "check_session", unavailable)
    with site.client.websocket_connect(f"/ws/{ana.id}?token={token}") as socket:
        assert close_code(socket) == 1013


# --- too much ---


def test_given_five_too_large_messages_in_a_row_then_it_is_closed_1009(
    site: Site, ana: Person
) -> None:
    with site.connect(ana) as socket:
        for _ in range(4):
            socket.send_bytes(TOO_LARGE)
            assert socket.receive_json()["code"] == "frame_too_large"

        socket.send_bytes(TOO_LARGE)
        assert close_code(socket) == 1009


def test_given_a_good_frame_between_then_too_large_ones_are_counted_anew(
    site: Site, ana: Person
) -> None:
    with site.connect(ana) as socket:
        for _ in range(2):
            for _ in range(4):
                socket.send_bytes(TOO_LARGE)
                assert hear(socket, "error")["code"] == "frame_too_large"
            site.world.clock.advance(0.5)
            socket.send_bytes(PICTURE)
            assert hear(socket, "ack")["analysed"]


def test_given_a_flood_then_it_is_throttled_and_another_session_gets_its_answers(
    site: Site, ana: Person
) -> None:
    ben = site.world.person(name="Ben")
    with site.connect(ana) as flood, site.connect(ben) as calm:
        site.world.engine.hold()
        for number in range(60):
            flood.send_text(framed(seq=number))
        eventually_in_thread(lambda: len(site.world.engine.looked_at) == 1)
        site.run(site.world.engine.release)
        site.world.clock.advance(0.5)
        calm.send_text(framed(seq=1))

        assert hear(calm, "ack") == {"type": "ack", "seq": 1, "analysed": True}
        answers: dict[int, str] = {}
        while len(answers) < 60:
            message = flood.receive_json()
            if message["type"] in ("ack", "error"):
                answers[message["seq"]] = message.get("code", "taken")
        assert set(answers) == set(range(60))
        assert set(answers.values()) == {"taken", "throttled"}
        assert list(answers.values()).count("taken") <= 20


def test_given_frames_while_one_is_looked_at_then_all_are_acknowledged_and_the_newest_looked_at(
    site: Site, ana: Person
) -> None:
    engine = site.world.engine
    with site.connect(ana) as socket:
        live = site.world.services.monitoring.live(site.start(ana)["wsConfig"]["sessionId"])
        assert live is not None
        engine.hold()
        for number in range(5):
            site.world.clock.advance(0.1)
            socket.send_text(framed(seq=number, image=base64.b64encode(jpeg(number)).decode()))
            eventually_in_thread(lambda: len(engine.looked_at) == 1)
        eventually_in_thread(lambda: live.frames == 5)
        site.run(engine.release)

        answers: dict[int, bool] = {}
        while len(answers) < 5:
            ack = hear(socket, "ack")
            answers[ack["seq"]] = ack["analysed"]

    assert answers == {0: True, 1: False, 2: False, 3: False, 4: True}
    assert engine.looked_at == [jpeg(0), jpeg(4)]


# --- incidents ---


def test_given_an_incident_then_the_logs_message_is_the_contracts_and_tells_of_a_stored_row(
    site: Site, ana: Person
) -> None:
    site.world.engine.faces = 0
    with site.connect(ana) as socket:
        for number in range(3):
            site.world.clock.advance(1.0)
            socket.send_bytes(jpeg(number))
            if number < 2:
                hear(socket, "ack")
        opened = hear(socket, "logs")
        (row,) = site.world.rows(Incident)

        assert opened == {
            "type": "logs",
            "data": [
                {
                    "event": "Face not detected",
                    "time": "2026-03-02T09:00:01.000Z",
                    "event_type": "face_absent",
                    "severity": "alert",
                    "confidence": 1.0,
                    "incident_id": row.id,
                    "phase": "opened",
                }
            ],
            "stored": True,
        }

        site.world.engine.faces = 1
        for number in range(2):
            hear(socket, "ack")
            site.world.clock.advance(1.0)
            socket.send_bytes(jpeg(10 + number))
        closed = hear(socket, "logs")
        assert closed["data"][0] | {"confidence": 1.0} == opened["data"][0] | {
            "time": "2026-03-02T09:00:04.000Z",
            "phase": "closed",
        }
        assert site.world.rows(Incident)[0].closed_at is not None


def test_given_an_incident_of_another_candidate_then_nobody_else_is_told(
    site: Site, ana: Person
) -> None:
    ben = site.world.person(name="Ben")
    with site.connect(ben) as socket:
        site.absent(ana)
        site.world.engine.faces = 1
        socket.send_json({"type": "ping"})

        assert socket.receive_json() == {"type": "pong"}


# --- the end ---


@pytest.mark.parametrize("role", [None, Role.PROCTOR])
def test_given_the_attempt_is_stopped_then_the_connection_is_closed_1000(
    site: Site, ana: Person, role: Role | None
) -> None:
    who = site.world.person(role) if role else ana
    with site.connect(ana) as socket:
        site.client.post(f"/api/v1/exam/stop/{ana.id}", headers=who.bearer)

        assert close_code(socket) == 1000


def test_given_the_attempt_is_terminated_then_the_reason_is_told_before_it_is_closed_1000(
    site: Site, ana: Person
) -> None:
    proctor = site.world.person(Role.PROCTOR)
    with site.connect(ana) as socket:
        attempt_id = site.start(ana)["wsConfig"]["sessionId"]
        for what, body in (("message", {"text": "Sit up."}), ("terminate", {"reason": "Why."})):
            path = f"/api/v1/attempts/{attempt_id}/{what}"
            assert site.client.post(path, json=body, headers=proctor.bearer).is_success

        told = [hear(socket, "control") for _ in range(2)]
        assert [(one["action"], one["text"]) for one in told] == [
            ("message", "Sit up."),
            ("terminate", "Why."),
        ]
        assert close_code(socket) == 1000


def test_given_the_time_is_up_then_the_connection_is_closed_1000(site: Site, ana: Person) -> None:
    with site.connect(ana) as socket:
        site.world.clock.advance(120 * 60)

        assert close_code(socket) == 1000


def test_given_a_second_connection_then_the_first_is_closed_4409_and_that_is_recorded(
    site: Site, ana: Person
) -> None:
    with site.connect(ana) as first, site.connect(ana) as second:
        assert close_code(first) == 4409

        second.send_json({"type": "ping"})
        assert second.receive_json() == {"type": "pong"}
        assert site.world.rows(AttemptEvent)[-1].kind == "connection_replaced"


def test_given_two_candidates_then_their_connections_do_not_replace_each_other(
    site: Site, ana: Person
) -> None:
    with site.connect(ana) as first, site.connect(site.world.person()) as second:
        for socket in (first, second):
            socket.send_json({"type": "ping"})
            assert socket.receive_json() == {"type": "pong"}


@pytest.mark.parametrize("route", ["logout", "logout-all"])
def test_given_a_log_out_while_connected_then_the_next_frame_closes_it_4401(
    site: Site, ana: Person, route: str
) -> None:
    with site.connect(ana) as socket:
        site.client.post(f"/api/v1/auth/{route}", headers=ana.bearer)

        socket.send_bytes(PICTURE)
        socket.send_bytes(PICTURE)
        assert close_code(socket) == 4401
    assert site.world.engine.looked_at == []


def _by_route(site: Site, ana: Person) -> None:
    site.client.post("/api/v1/auth/logout", headers=ana.bearer)


def _by_another_session(site: Site, ana: Person) -> None:
    form = {"email": ana.email, "password": PASSWORD}
    other = site.client.post("/api/v1/auth/login/password", data=form).json()["access_token"]
    answer = site.client.delete(
        f"/api/v1/auth/sessions/{ana.actor.session_id}",
        headers={"Authorization": f"Bearer {other}"},
    )
    assert answer.status_code == 200


def _by_another_process(site: Site, ana: Person) -> None:
    statement = "UPDATE users SET disabled_at = '2026-03-02 09:00:00' WHERE id = ?"
    change_elsewhere(site.world, statement, ana.id)


@pytest.mark.parametrize("end", [_by_route, _by_another_session, _by_another_process])
def test_given_the_session_ends_while_nothing_is_sent_then_it_is_closed_4401_within_a_second(
    site: Site, ana: Person, end: Callable[[Site, Person], None]
) -> None:
    with site.connect(ana) as socket:
        end(site, ana)

        assert close_code(socket) == 4401
    assert ws._CHECK_S < 1
    eventually_in_thread(lambda: site.world.services.broadcast.watchers == 0)


def test_given_the_database_is_away_then_an_idle_connection_stays_until_it_is_back(
    site: Site, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws, "_CHECK_S", 0.02)
    asked = threading.Event()

    def unavailable(*_: object, **__: object) -> None:
        asked.set()
        raise DatabaseUnavailable

    with site.connect(ana) as socket:
        with monkeypatch.context() as patch:
            patch.setattr(Logins, "check_session", unavailable)
            assert asked.wait(5)
            socket.send_json({"type": "ping"})
            assert socket.receive_json() == {"type": "pong"}

        _by_route(site, ana)
        assert close_code(socket) == 4401


def test_given_a_long_exam_then_frames_keep_the_session_from_idling_out(
    make_site: MakeSite,
) -> None:
    site = make_site(PROCTOR_FREE_SESSION_MINUTES="300", PROCTOR_SESSION_IDLE_MINUTES="60")
    ana = site.world.person()
    with site.connect(ana) as socket:
        for number in range(5):
            site.world.clock.advance(50 * 60)
            socket.send_text(framed(seq=number))
            assert hear(socket, "ack")["seq"] == number


def test_given_the_client_leaves_then_nobody_listens_any_more_and_the_attempt_goes_on(
    site: Site, ana: Person
) -> None:
    with site.connect(ana) as socket:
        socket.send_bytes(PICTURE)
        hear(socket, "ack")
        assert site.world.services.broadcast.watchers == 1

    eventually_in_thread(lambda: site.world.services.broadcast.watchers == 0)
    assert (
        site.client.get(f"/api/v1/exam/session/{ana.id}", headers=ana.bearer).json()["status"]
        == "running"
    )


@pytest.mark.parametrize("end", ["replaced", "logged out"])
def test_given_a_client_that_reads_nothing_then_its_connection_still_ends(
    site: Site, ana: Person, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws, "_CLOSE_S", 0.05)
    engine = site.world.engine

    async def deaf() -> Peer:
        peer = Peer(site.client.app, f"/ws/{ana.id}", f"token={token}")
        peer.say('{"type": "ping"}')
        await peer.next("pong")
        peer.reading.clear()
        peer.say(PICTURE)
        return peer

    token = ticket(site, ana)
    peer = site.run(deaf)
    eventually_in_thread(lambda: engine.looked_at == [PICTURE])
    if end == "replaced":
        with site.connect(ana):
            eventually_in_thread(peer.served.done)
    else:
        _by_route(site, ana)
        eventually_in_thread(peer.served.done)
    assert peer.served.exception() is None
    assert site.world.services.broadcast.watchers == 0


def test_given_a_client_that_reads_nothing_for_long_then_its_connection_ends_by_itself(
    site: Site, ana: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ws, "_SEND_S", 0.05)

    async def deaf() -> Peer:
        peer = Peer(site.client.app, f"/ws/{ana.id}", f"token={token}")
        peer.say('{"type": "ping"}')
        await peer.next("pong")
        peer.reading.clear()
        peer.say('{"type": "ping"}')
        return peer

    token = ticket(site, ana)
    peer = site.run(deaf)
    eventually_in_thread(peer.served.done)
    assert (peer.served.exception(), peer.said) == (None, [{"type": "pong"}])
