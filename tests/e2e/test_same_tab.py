"""Two people, one after the other, in the same browser tab."""

import pytest
from playwright.sync_api import WebSocket

from proctor_app.domain.access import Role
from tests.e2e.harness import LEFT_OVER, STUDENT_PASSWORD, Launch, Server, Visitor
from tests.e2e.sheets import desk

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_FIRST, _NEXT = "eve@tab.test", "ada@tab.test"


def test_the_next_person_in_a_tab_is_sent_nothing_of_the_one_before_and_nothing_is_on_disk(
    server: Server, launch: Launch
) -> None:
    assert not LEFT_OVER.exists()  # it was there before the server started
    accounts = desk(server.data_dir).services.accounts
    accounts.create(_FIRST, STUDENT_PASSWORD, Role.ADMIN, "Eve")
    accounts.create(_NEXT, STUDENT_PASSWORD, Role.STUDENT, "Ada")
    visitor = Visitor(launch(None), server.url)
    page, frames = visitor.page, list[str]()

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: frames.append(str(payload)))

    page.on("websocket", listen)
    visitor.log_in(_FIRST, STUDENT_PASSWORD)
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
    assert _FIRST not in sent
    assert not list(LEFT_OVER.parent.glob("*.pkl"))
