"""One candidate as a proctor looks at them, in real browsers on both sides."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.harness import (
    ADMIN,
    PATIENCE_S,
    STUDENT_PASSWORD,
    Launch,
    Server,
    Visitor,
    write_clip,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SCRIPT = [("face", 6.0), ("nobody", 8.0)]


def test_a_proctor_sees_one_candidate_live_and_acts_by_keys_alone(
    server: Server, launch: Launch, tmp_path: Path
) -> None:
    candidate_id = server.sign_up("ada@candidate.test", "Ada Lovelace")
    clip = write_clip(tmp_path / "clip.mjpeg", SCRIPT)
    candidate, proctor = Visitor(launch(clip), server.url), Visitor(launch(None), server.url)
    candidate.log_in("ada@candidate.test", STUDENT_PASSWORD)
    candidate.page.goto(f"{server.url}/exam")
    candidate.page.click("#agree")
    candidate.page.click("#start")
    candidate.sees("Face visible")
    proctor.log_in(*ADMIN)
    session = httpx.get(
        f"{server.url}/api/v1/exam/session/{candidate_id}",
        headers=server.bearer(*ADMIN),
        timeout=PATIENCE_S,
    ).json()
    page = proctor.page
    page.goto(f"{server.url}/proctor/{session['attempt_id']}")

    picture = page.locator(".live-picture img")
    picture.wait_for()
    first = picture.get_attribute("src")
    assert (first or "").startswith("blob:")
    expect(picture).not_to_have_attribute("src", first or "")
    page.locator("[data-incident]").filter(has_text="Face not detected").first.wait_for()
    page.locator(".barlayer .point path").first.wait_for(state="attached")
    page.locator(".incident-opener").first.click()
    page.locator("#evidence img").first.wait_for()

    page.keyboard.press("m")
    page.keyboard.type("Can you hear me? p")  # a letter that is written pauses nobody
    page.keyboard.press("Enter")
    candidate.sees("Can you hear me? p")
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("Please stay in the picture.")
    page.keyboard.press("Enter")
    candidate.sees("Please stay in the picture.")
    expect(page.locator("#reason")).to_have_count(0)
    page.keyboard.press("t")
    page.locator("#reason").fill("The room is needed.")
    page.keyboard.press("Enter")
    candidate.sees("The room is needed.")
    proctor.sees("Ended by a proctor")
    expect(page.locator("#reason")).to_have_count(0)  # while it closes, Escape is the dialog's
    page.keyboard.press("Escape")
    page.wait_for_url("**/proctor")

    assert (candidate.errors, proctor.errors) == ([], [])
