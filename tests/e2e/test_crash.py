"""A crash in the middle of a session: what was acknowledged is there afterwards."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.harness import PATIENCE_S, STUDENT_PASSWORD, Launch, Server, Visitor, write_clip

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_after_sigkill_incidents_are_there_and_the_attempt_is_interrupted_and_goes_on(
    server: Server, launch: Launch, tmp_path: Path
) -> None:
    user_id = server.sign_up("grace@crash.test", "Grace Hopper")
    clip = write_clip(tmp_path / "clip.mjpeg", [("face", 4.0), ("nobody", 30.0)])
    candidate = Visitor(launch(clip), server.url)
    candidate.log_in("grace@crash.test", STUDENT_PASSWORD)
    candidate.page.goto(f"{server.url}/exam")
    candidate.page.click("#agree")
    candidate.page.click("#start")
    candidate.sees("Face not detected")
    headers = server.bearer("grace@crash.test", STUDENT_PASSWORD)
    exam = f"{server.url}/api/v1/exam"

    def ask(address: str) -> Any:
        return httpx.get(address, headers=headers, timeout=PATIENCE_S).json()

    before = ask(f"{exam}/session/{user_id}")

    with server.crash():
        candidate.page.goto("about:blank")

    after = ask(f"{exam}/session/{user_id}")
    assert (before["status"], after["status"]) == ("running", "interrupted")
    assert after["attempt_id"] == before["attempt_id"]
    assert after["start_time"] == before["start_time"]
    incidents = ask(f"{exam}/summary/{user_id}")["incidents"]
    assert [i["event_type"] for i in incidents] == ["face_absent"]
    assert incidents[0]["evidence_count"] >= 1  # those before and after may not have come yet
    assert incidents[0]["end_time"] >= incidents[0]["start_time"]

    candidate.page.goto(f"{server.url}/exam")
    candidate.sees("Monitoring is running")
    candidate.sees("Face visible")
    resumed = ask(f"{exam}/session/{user_id}")
    assert (resumed["status"], resumed["attempt_id"]) == ("running", before["attempt_id"])
