"""Broken WebSocket frames on real sockets, through the server that the app is served by: the
candidate beside them gets every answer, and nothing stays behind."""

import base64
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.sync.client import ClientConnection, connect

from proctor_app.api.ws_doorway import MAX_OF_ONE_ADDRESS
from tests.api.loopback import PEOPLE
from tests.fakes import jpeg
from tests.world import eventually_in_thread

pytestmark = pytest.mark.timeout(300)
_START_S = 200
"""Loading takes a few seconds, and much longer on a busy machine."""
ROOT = Path(__file__).resolve().parents[2]
PICTURE = jpeg()
_MIB = 2**20
_TEXT, _BINARY, _CLOSE, _PING = 1, 2, 8, 9


@dataclass(frozen=True, slots=True)
class Wire:
    """A server on loopback, and the people it knows: id and token."""

    port: int
    process: subprocess.Popen[bytes]
    people: list[tuple[str, str]]
    log: Path

    def ticket(self, number: int) -> tuple[str, str]:
        """The path of this person's WebSocket, with a fresh ticket; and the plain path."""
        who, token = self.people[number]
        answer = httpx.post(
            f"http://127.0.0.1:{self.port}/api/v1/exam/start/{who}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        return f"/ws/{who}?token={answer.json()['wsConfig']['token']}", f"/ws/{who}"

    def state(self) -> dict[str, int]:
        found: dict[str, int] = httpx.get(
            f"http://127.0.0.1:{self.port}/test/state", timeout=30
        ).json()
        return found

    def memory(self) -> int:
        """Bytes of the worker that are in memory."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        return sum(worker.memory_info().rss for worker in workers)

    def raw(self, path: str, **options: int) -> socket.socket:
        """A plain socket after its handshake."""
        plain = socket.socket()
        for name, value in options.items():
            plain.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        plain.settimeout(20)
        plain.connect(("127.0.0.1", self.port))
        key = base64.b64encode(os.urandom(16)).decode()
        plain.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += plain.recv(1)  # not a byte of what may follow at once
        assert b" 101 " in answer.split(b"\r\n")[0] + b" ", answer
        return plain


@pytest.fixture(scope="module")
def wire(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    home = tmp_path_factory.mktemp("loopback")
    shutil.copy(migrated_file, home / "proctor.db")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = home / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.api.loopback", str(port)],
            cwd=ROOT,
            env={**os.environ, "LOOPBACK_DIR": str(home)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}/api/v1/health"
        deadline_s = time.monotonic() + _START_S
        while process.poll() is None and not _answers(url):
            assert time.monotonic() < deadline_s, log.read_text()[-3000:]
            time.sleep(0.1)
        assert process.poll() is None, log.read_text()[-3000:]
        people = [(who, token) for who, token in json.loads((home / PEOPLE).read_text())]
        yield Wire(port, process, people, log)
    finally:
        process.terminate()
        process.wait(30)


def _answers(url: str) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(url, timeout=2).status_code == 200
    return False


def frame(kind: int, content: bytes, **odd: Any) -> bytes:
    """A WebSocket frame as it goes over the wire; the mask is all zeros."""
    return head(kind, len(content), **odd) + content


def head(kind: int, length: int, *, last: bool = True, rsv: int = 0, mask: bool = True) -> bytes:
    first = (0x80 if last else 0) | rsv << 4 | kind
    bit = 0x80 if mask else 0
    if length < 126:
        size = bytes([bit | length])
    elif length < 65536:
        size = bytes([bit | 126]) + length.to_bytes(2, "big")
    else:
        size = bytes([bit | 127]) + length.to_bytes(8, "big")
    return bytes([first]) + size + (bytes(4) if mask else b"")


FRAME = frame(_BINARY, PICTURE)
BROKEN: dict[str, bytes] = {
    "unknown opcode": frame(3, b"x"),
    "unknown control opcode": frame(11, b"x"),
    "unmasked": frame(_TEXT, b'{"type":"ping"}', mask=False),
    "RSV bits": frame(_TEXT, b'{"type":"ping"}', rsv=4),
    "invalid UTF-8": frame(_TEXT, b"\xff\xfe\xc3"),
    "UTF-8 cut in two by its end": frame(_TEXT, b"\xe2\x82"),
    "surrogate in UTF-8": frame(_TEXT, b"\xed\xa0\x80"),
    "continuation of nothing": frame(0, b"x"),
    "a second beginning": frame(_TEXT, b"a", last=False) + frame(_TEXT, b"b"),
    "a ping in pieces": frame(_PING, b"a", last=False),
    "a ping too long": frame(_PING, bytes(126)),
    "a close of one byte": frame(_CLOSE, b"\x03"),
    "a close with a code that is none": frame(_CLOSE, b"\x00\x01"),
    "a close with broken words": frame(_CLOSE, b"\x03\xe8\xff"),
    "1 GiB told": head(_BINARY, 2**30),
    "more than 63 bits told": head(_BINARY, 2**64 - 1),
    "HTTP again": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "noise": bytes(range(256)) * 8,
}


class Calm:
    """The well-behaved candidate."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._seq = 0

    def step(self) -> None:
        """One frame, one acknowledgement, one status; fewer a second than are taken, 20."""
        time.sleep(0.06)
        self._seq += 1
        image = base64.b64encode(PICTURE).decode()
        self._connection.send(json.dumps({"type": "frame", "seq": self._seq, "image": image}))
        ack = self._hear()
        assert (ack["type"], ack.get("seq")) == ("ack", self._seq), ack  # an error comes alone
        assert self._hear()["type"] == "status"

    def _hear(self) -> dict[str, Any]:
        """The next answer; on a slow machine there may be incidents of its slowness between."""
        while True:
            found: dict[str, Any] = json.loads(self._connection.recv(timeout=30))
            if found["type"] != "logs":
                return found


@pytest.fixture
def calm(wire: Wire) -> Iterator[Calm]:
    path, _ = wire.ticket(0)
    with connect(f"ws://127.0.0.1:{wire.port}{path}") as connection:
        found = Calm(connection)
        found.step()
        yield found
        found.step()


def _ends(plain: socket.socket) -> bool:
    """Whether the server ends the connection by itself."""
    with suppress(ConnectionError):
        while plain.recv(65536):
            pass
    return True


def _errors(wire: Wire) -> list[str]:
    words = ("Traceback", "ERROR", "panicked", "exception")
    return [line for line in wire.log.read_text().splitlines() if any(w in line for w in words)]


def test_given_broken_frames_then_that_connection_ends_and_the_one_beside_it_goes_on(
    wire: Wire, calm: Calm
) -> None:
    before = wire.state()
    for name, content in BROKEN.items():
        path, _ = wire.ticket(1)
        with wire.raw(path) as plain:
            with suppress(ConnectionError):
                plain.sendall(content)
            assert _ends(plain), name
        calm.step()

    eventually_in_thread(lambda: wire.state()["watchers"] == before["watchers"])
    assert _errors(wire) == []


def test_given_pieces_without_end_pings_and_half_frames_then_nobody_waits_for_them(
    wire: Wire, calm: Calm
) -> None:
    path, _ = wire.ticket(1)
    with wire.raw(path) as plain:
        for _ in range(2000):  # an answer is owed to each, and read by nobody
            plain.sendall(frame(_PING, bytes(100)))
        calm.step()
        for number in range(300):
            plain.sendall(frame(_TEXT if number == 0 else 0, b" " * 100, last=False))
        calm.step()
        plain.sendall(head(0, 1000) + b"half of it")
        calm.step()
    eventually_in_thread(lambda: wire.state()["watchers"] == 1)
    assert _errors(wire) == []


def test_given_handshakes_that_never_end_then_others_come_in_beside_them(
    wire: Wire, calm: Calm
) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", wire.port)))
            slow.sendall(b"GET /ws/x HTTP/1.1\r\nHost: x\r\nUpgrade: websock")
        path, _ = wire.ticket(1)
        with connect(f"ws://127.0.0.1:{wire.port}{path}") as another:
            Calm(another).step()
        calm.step()
    assert _errors(wire) == []


def test_given_strangers_who_say_nothing_then_only_so_many_wait_and_none_for_long(
    wire: Wire, calm: Calm
) -> None:
    with ExitStack() as stack:
        strangers = [stack.enter_context(wire.raw("/ws/somebody")) for _ in range(40)]
        surplus = len(strangers) - MAX_OF_ONE_ADDRESS
        eventually_in_thread(lambda: len(_told(strangers)) == surplus)
        turned_away = _told(strangers)
        assert [_close_code(stranger) for stranger in turned_away] == [1013] * surplus
        waiting = [stranger for stranger in strangers if stranger not in turned_away]
        for stranger in waiting:
            with suppress(ConnectionError):
                stranger.sendall(head(_BINARY, 15 * _MIB) + bytes(1000))
        calm.step()
        # what was sent and not read may cost them the close code: then the connection is reset
        assert {_close_code(stranger) for stranger in waiting} <= {4401, None}
        assert wire.state()["waiting"] == 0


def _told(sockets: list[socket.socket]) -> list[socket.socket]:
    """Those that have something to read."""
    found, _, _ = select.select(sockets, [], [], 0)
    return found


def _close_code(plain: socket.socket) -> int | None:
    """The code the server ends with; None where it reset the connection."""
    said = b""
    with suppress(ConnectionError):
        while found := plain.recv(65536):
            said += found
    if not said:
        return None
    assert said[0] == 0x80 | _CLOSE
    return int.from_bytes(said[2:4], "big")


def test_given_messages_as_large_as_the_server_takes_then_its_memory_comes_back(
    wire: Wire, calm: Calm
) -> None:
    path, _ = wire.ticket(1)
    before = wire.memory()
    with wire.raw(path) as plain:
        for _ in range(5):
            with suppress(ConnectionError):
                plain.sendall(frame(_BINARY, bytes(15 * _MIB)))
            calm.step()
        assert _ends(plain)
    eventually_in_thread(lambda: wire.state()["watchers"] == 1)
    assert wire.memory() - before < 150 * _MIB


@pytest.mark.parametrize("end", ["replaced", "logged out"])
def test_given_a_client_that_reads_nothing_then_its_connection_still_ends(
    wire: Wire, calm: Calm, end: str
) -> None:
    path, _ = wire.ticket(2)
    ends: dict[str, Callable[[], object]] = {
        "replaced": lambda: wire.raw(wire.ticket(2)[0]).close(),
        "logged out": lambda: httpx.post(
            f"http://127.0.0.1:{wire.port}/api/v1/auth/logout",
            headers={"Authorization": f"Bearer {wire.people[2][1]}"},
        ),
    }
    before = wire.state()
    with wire.raw(path, SO_RCVBUF=2048) as plain:
        plain.settimeout(1)
        with suppress(TimeoutError):  # until the server itself waits for a reader
            while True:
                plain.sendall(FRAME * 8 + frame(_TEXT, b'{"type":"ping"}') * 5000)
        calm.step()
        ends[end]()
        deadline_s = time.monotonic() + 60
        while not _is_as(before, wire.state()):
            assert time.monotonic() < deadline_s, (before, wire.state())
            calm.step()
    assert _errors(wire) == []


def _is_as(before: dict[str, int], now: dict[str, int]) -> bool:
    """Whether nobody watches, nothing works and no socket is open that was not there before."""
    return all(now[name] <= before[name] for name in ("watchers", "tasks", "sockets"))
