"""The examples for people who write programs of their own, as they are, against the whole app."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Route, WebSocketRoute

from tests.e2e.harness import (
    MEDIA,
    PATIENCE_S,
    ROOT,
    STUDENT_PASSWORD,
    Launch,
    Server,
    Visitor,
    write_clip,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_EXAMPLES = ROOT / "examples"


def _client(server: Server, email: str, clip: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable, _EXAMPLES / "client.py", "--url", server.url, "--email", email,
            "--password", STUDENT_PASSWORD, clip,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_given_a_clip_then_the_client_prints_what_is_noted_and_the_summary(server: Server) -> None:
    server.sign_up("clip@example.test", "Clip")

    with _client(server, "clip@example.test", MEDIA / "face_noface.mov") as client:
        said, wrong = client.communicate(timeout=2 * PATIENCE_S)

    assert (client.returncode, wrong) == (0, "")
    begun, noted, *_ = said.splitlines()
    assert begun.startswith("Monitoring is running.")
    assert noted.endswith("Face not detected (alert): opened")
    summary = json.loads(said[said.index("{") :])
    assert summary["suspicious_activities"] == {"face_absent": 1}
    assert 0 < summary["face_detection_rate"] < 1


def test_given_ctrl_c_then_the_client_ends_the_session_and_sums_it_up(
    server: Server, tmp_path: Path
) -> None:
    user_id = server.sign_up("stops@example.test", "Stops")
    session = f"{server.url}/api/v1/exam/session/{user_id}"
    me = server.bearer("stops@example.test", STUDENT_PASSWORD)

    with _client(server, "stops@example.test", MEDIA / "single_face.mp4") as client:
        assert client.stdout is not None
        assert client.stdout.readline().startswith("Monitoring is running.")
        assert httpx.get(session, headers=me, timeout=PATIENCE_S).json()["status"] == "running"
        client.send_signal(signal.SIGINT)
        said, wrong = client.communicate(timeout=PATIENCE_S)

    assert (client.returncode, wrong) == (0, "")
    assert said.startswith("Stopping.")
    assert httpx.get(session, headers=me, timeout=PATIENCE_S).json()["status"] == "submitted"


def test_given_a_wrong_password_then_the_client_says_so(server: Server) -> None:
    with _client(server, "nobody@example.test", MEDIA / "single_face.mp4") as client:
        said, wrong = client.communicate(timeout=PATIENCE_S)

    assert (client.returncode, said) == (1, "")
    assert "401" in wrong


def test_given_a_page_of_another_origin_that_is_allowed_then_it_films_and_shows_what_is_noted(
    server: Server, other_origin: str, launch: Launch, tmp_path: Path
) -> None:
    server.sign_up("page@example.test", "Page")
    clip = write_clip(tmp_path / "clip.mjpeg", [("face", 5.0), ("nobody", 60.0)])
    visitor = Visitor(launch(clip), other_origin)
    page, asked = visitor.page, list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{other_origin}/page.html")
    page.fill("input[name=server]", server.url)
    page.fill("input[name=email]", "page@example.test")
    page.fill("input[name=password]", STUDENT_PASSWORD)
    page.check("input[name=agree]")
    page.get_by_role("button", name="Log in and start").click()

    visitor.sees("Monitoring is running.")
    visitor.sees("Your face is visible.")
    visitor.sees("Face not detected")
    page.evaluate("document.dispatchEvent(new ClipboardEvent('paste'))")
    page.locator("#logs li").nth(1).wait_for()
    assert int(page.locator("#frames").inner_text()) > 3
    page.get_by_role("button", name="End the session").click()
    visitor.sees("The session has ended after")
    assert visitor.errors == []
    assert [url for url in asked if not url.startswith((other_origin, server.url, "data:"))] == []


@dataclass
class Stub:
    """The page with a server that does what a test wants. asked: method and path of each request,
    in order. held: starts that nobody has answered yet, where ``holds``."""

    visitor: Visitor
    attempt: str = "attempt-1"
    status: str = "running"
    refusal: int = 0
    holds: bool = False
    asked: list[str] = field(default_factory=list)
    held: list[Route] = field(default_factory=list)
    sockets: list[WebSocketRoute] = field(default_factory=list)

    def __post_init__(self) -> None:
        page = self.visitor.page
        page.route("http://localhost:9/**", self._answer)
        page.route_web_socket("ws://localhost:9/**", self._opened)
        page.goto("http://localhost:9/page.html")
        page.fill("input[name=server]", "http://localhost:9")
        page.fill("input[name=email]", "page@example.test")
        page.fill("input[name=password]", "words")
        page.check("input[name=agree]")
        page.get_by_role("button", name="Log in and start").click()
        self.visitor.sees("Monitoring is running.")

    def lose(self) -> None:
        """Cut the connection, as a network does."""
        self.sockets[-1].close(code=3000)

    def until(self, condition: Callable[[], bool]) -> None:
        for _ in range(int(PATIENCE_S * 50)):
            if condition():
                return
            self.visitor.page.wait_for_timeout(20)
        pytest.fail(f"this never came true: {self.asked}")

    def started(self, route: Route) -> None:
        config = {"sessionId": self.attempt, "token": "t"}
        config["additionalParams"] = {"keepAliveInterval": 20000}  # type: ignore[assignment]
        route.fulfill(json={"wsUrl": "ws://localhost:9/ws/u", "wsConfig": config})

    def _opened(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)

    def _answer(self, route: Route) -> None:
        path = re.sub(r"^http://localhost:9|\?.*", "", route.request.url)
        if path == "/page.html":
            text = (_EXAMPLES / "page.html").read_text("utf-8")
            assert "AGAIN_AFTER_MS = 2000" in text
            body = text.replace("AGAIN_AFTER_MS = 2000", "AGAIN_AFTER_MS = 20")
            route.fulfill(body=body, content_type="text/html")
            return
        self.asked.append(path.removeprefix("/api/v1/"))
        if "/session/" in path and self.refusal:
            error = {"detail": "This is not for you.", "code": "not_allowed"}
            route.fulfill(status=self.refusal, json=error)
        elif "/start/" in path and self.holds:
            self.held.append(route)
        elif "/start/" in path:
            self.started(route)
        else:
            route.fulfill(
                json={
                    "access_token": "t", "id": "u", "attempt_id": self.attempt,
                    "status": self.status, "suspicious_activities": {}, "total_duration": 3,
                }
            )  # fmt: skip


@pytest.fixture
def stub(launch: Launch) -> Stub:
    return Stub(Visitor(launch(None), "http://localhost:9"))


LOGGED_IN = ["auth/login/password", "exam/start/u"]


def test_given_a_lost_connection_then_the_page_goes_on_with_its_attempt_and_begins_no_other(
    stub: Stub,
) -> None:
    stub.lose()
    stub.until(lambda: len(stub.sockets) == 2)
    assert stub.asked == [*LOGGED_IN, "exam/session/u", "exam/start/u"]

    stub.status = "terminated"
    stub.lose()
    stub.visitor.sees("The session has ended after 3 minutes.")
    assert stub.asked[4:] == ["exam/session/u", "exam/summary/u"]
    assert len(stub.sockets) == 2


def test_given_an_attempt_that_ends_while_the_page_comes_back_then_a_new_one_is_stopped(
    stub: Stub,
) -> None:
    stub.holds = True
    stub.lose()
    stub.until(lambda: bool(stub.held))
    stub.attempt = "attempt-2"
    stub.started(stub.held.pop())

    stub.visitor.sees("The session has ended after 3 minutes.")
    assert stub.asked[2:] == ["exam/session/u", "exam/start/u", "exam/stop/u", "exam/summary/u"]
    assert len(stub.sockets) == 1


@pytest.mark.parametrize("status", [401, 409])
def test_given_a_refusal_while_it_comes_back_then_the_page_says_so_and_asks_no_more(
    stub: Stub, status: int
) -> None:
    stub.refusal = status
    stub.lose()
    stub.visitor.sees("The session can't go on: This is not for you.")
    stub.visitor.page.wait_for_timeout(100)
    assert stub.asked == [*LOGGED_IN, "exam/session/u"]


def test_given_a_server_that_is_away_then_the_page_asks_until_it_is_back(stub: Stub) -> None:
    stub.refusal = 503
    stub.lose()
    stub.until(lambda: stub.asked.count("exam/session/u") > 2)
    stub.refusal = 0
    stub.until(lambda: len(stub.sockets) == 2)
    assert stub.asked.count("exam/start/u") == 2


def test_given_an_end_while_the_page_comes_back_then_nothing_is_opened_and_the_stop_comes_last(
    stub: Stub,
) -> None:
    stub.holds = True
    stub.lose()
    stub.until(lambda: bool(stub.held))
    stub.visitor.page.get_by_role("button", name="End the session").click()
    stub.visitor.page.wait_for_timeout(50)
    assert "exam/stop/u" not in stub.asked
    stub.started(stub.held.pop())

    stub.visitor.sees("The session has ended after 3 minutes.")
    assert stub.asked[-2:] == ["exam/stop/u", "exam/summary/u"]
    assert len(stub.sockets) == 1


def test_given_a_page_of_an_origin_that_is_not_allowed_then_it_gets_nothing(
    server: Server, other_origin: str
) -> None:
    form = {"email": "page@example.test", "password": STUDENT_PASSWORD}
    path = f"{server.url}/api/v1/auth/login/password"

    foreign = httpx.post(
        path, data=form, headers={"Origin": "https://elsewhere.example"}, timeout=PATIENCE_S
    )
    allowed = httpx.post(path, data=form, headers={"Origin": other_origin}, timeout=PATIENCE_S)

    assert foreign.status_code == 403
    assert "access-control-allow-origin" not in foreign.headers
    assert allowed.headers["access-control-allow-origin"] == other_origin
