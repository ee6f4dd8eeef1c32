"""Two people, one after the other, in the same browser tab."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import WebSocket

from tests.e2e.harness import ADMIN, ROOT, STUDENT_PASSWORD, Launch, Server, Visitor

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_NEXT = "ada@example.test"


@pytest.fixture
def left_over() -> Path:
    """A tab's state as earlier versions kept it in the installation's folder."""
    folder = ROOT / ".states"
    folder.mkdir(exist_ok=True)
    left = folder / "left-over-of-a-test.pkl"
    left.write_bytes(b"a cookie")
    return left


def test_the_next_person_in_a_tab_is_sent_nothing_of_the_one_before_and_nothing_is_on_disk(
    serve: Callable[..., Server], launch: Launch, left_over: Path
) -> None:
    server = serve()
    assert not left_over.exists()
    server.sign_up(_NEXT, "Ada")
    visitor = Visitor(launch(None), server.url)
    page, frames = visitor.page, list[str]()

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: frames.append(str(payload)))

    page.on("websocket", listen)
    visitor.log_in(*ADMIN)
    page.goto(f"{server.url}/account")
    page.get_by_role("button", name="Set it up").click()
    secret = page.locator("code.secret").inner_text()
    assert any(secret in frame for frame in frames)

    frames.clear()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/**")
    visitor.log_in(_NEXT, STUDENT_PASSWORD)
    visitor.sees("Ada")
    page.goto(f"{server.url}/account")
    visitor.sees(_NEXT)

    sent = "".join(frames)
    assert _NEXT in sent
    assert secret not in sent
    assert ADMIN[0] not in sent
    assert not list((ROOT / ".states").glob("*.pkl"))
