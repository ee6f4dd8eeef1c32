"""A crash in the middle of a session: what was acknowledged is there afterwards."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.e2e.harness import STUDENT_PASSWORD, Launch, Server, Visitor, write_clip

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_after_sigkill_incidents_are_there_and_the_attempt_is_interrupted_and_goes_on(
    serve: Callable[..., Server], launch: Launch, tmp_path: Path
) -> None:
    server = serve()
    user_id = server.sign_up("grace@example.test", "Grace Hopper")
    clip = write_clip(tmp_path / "clip.mjpeg", [("face", 4.0), ("nobody", 30.0)])
    candidate = Visitor(launch(clip), server.url)
    candidate.log_in("grace@example.test", STUDENT_PASSWORD)
    candidate.page.goto(f"{server.url}/exam")
    candidate.page.click("#agree")
    candidate.page.click("#start")
    candidate.sees("Face not detected")
    headers = server.bearer("grace@example.test", STUDENT_PASSWORD)
    exam = f"{server.url}/api/v1/exam"
    before = httpx.get(f"{exam}/session/{user_id}", headers=headers).json()

    server.kill()
    candidate.page.goto("about:blank")
    server.start()

    after = httpx.get(f"{exam}/session/{user_id}", headers=headers).json()
    assert (before["status"], after["status"]) == ("running", "interrupted")
    assert after["attempt_id"] == before["attempt_id"]
    assert after["start_time"] == before["start_time"]
    incidents = httpx.get(f"{exam}/summary/{user_id}", headers=headers).json()["incidents"]
    assert [i["event_type"] for i in incidents] == ["face_absent"]
    assert incidents[0]["evidence_count"] >= 1  # those before and after may not have come yet
    assert incidents[0]["end_time"] >= incidents[0]["start_time"]

    candidate.page.goto(f"{server.url}/exam")
    candidate.sees("Monitoring is running")
    candidate.sees("Face visible")
    resumed = httpx.get(f"{exam}/session/{user_id}", headers=headers).json()
    assert (resumed["status"], resumed["attempt_id"]) == ("running", before["attempt_id"])
