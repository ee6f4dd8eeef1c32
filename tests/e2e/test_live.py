"""From camera to proctor, in a real browser: the product's first promise."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import expect

from tests.e2e.harness import (
    ADMIN,
    STUDENT_PASSWORD,
    Launch,
    Picture,
    Server,
    Visitor,
    scenes,
    write_clip,
)
from tests.e2e.sheets import rows

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SCRIPT = [("face", 9.0), ("nobody", 7.0), ("two people", 7.0)]


@pytest.mark.parametrize("transport", ["event", "websocket"])
def test_face_gone_then_second_person_are_seen_live_by_candidate_and_proctor(
    transport: str, request: pytest.FixtureRequest, launch: Launch, tmp_path: Path
) -> None:
    if transport == "event":
        server: Server = request.getfixturevalue("server")
    else:
        server = request.getfixturevalue("serve")(PROCTOR_FRAME_TRANSPORT=transport)
    name = f"Ada by {transport}"
    user_id = server.sign_up("ada@live.test", name)
    proctor = Visitor(launch(None), server.url)
    proctor.log_in(*ADMIN)
    proctor.page.goto(f"{server.url}/proctor?exam=free")  # sessions without an exam
    tile = proctor.page.locator("[data-attempt]", has_text=name)
    told = proctor.page.locator(".feed-line", has_text=name)

    candidate = Visitor(launch(write_clip(tmp_path / "clip.mjpeg", SCRIPT)), server.url)
    candidate.log_in("ada@live.test", STUDENT_PASSWORD)
    candidate.page.goto(f"{server.url}/exam")
    candidate.page.click("#agree")
    candidate.page.click("#start")
    candidate.sees("Face visible")
    tile.wait_for()
    for words in ("Face not detected", "Multiple people detected"):
        candidate.sees(words)
        told.filter(has_text=words).first.wait_for()
    tile.locator("img").wait_for()

    candidate.page.reload()
    candidate.sees("Monitoring is running")
    candidate.sees("Face not detected")
    candidate.sees("Multiple people detected")
    candidate.page.click("#stop")
    candidate.page.click("#stop-really")
    candidate.sees("The session has ended")
    expect(tile).to_have_count(0)
    told.filter(has_text="Multiple people detected").first.wait_for()

    _database_holds_the_incidents_with_their_pictures(server.data_dir, user_id)
    assert candidate.errors == []
    assert proctor.errors == []


def _database_holds_the_incidents_with_their_pictures(data_dir: Path, user_id: str) -> None:
    ((attempt_id, status, monitored_s, face_s),) = rows(
        data_dir, "SELECT id, status, monitored_s, face_s FROM attempts WHERE user_id = ?", user_id
    )
    assert status == "submitted"
    assert 0 < face_s < monitored_s
    noted = rows(
        data_dir,
        "SELECT i.event_type, i.closed_at > i.opened_at, e.key FROM incidents i "
        "JOIN evidence e ON e.incident_id = i.id"
        " WHERE e.ordinal = 0 AND i.attempt_id = ? ORDER BY i.id",
        attempt_id,
    )
    assert [(kind, ended) for kind, ended, _ in noted][:2] == [
        ("face_absent", 1),
        ("multiple_faces", 1),
    ]
    vault = Fernet((data_dir / "data.key").read_text())
    for (_, _, key), scene in zip(noted[:2], ("nobody", "two people"), strict=True):
        sealed = (data_dir / "pictures" / key).read_bytes()
        assert _difference(vault.decrypt(sealed), scenes()[scene]) < 12
        assert _difference(vault.decrypt(sealed), scenes()["face"]) > 30


def _difference(jpeg: bytes, scene: Picture) -> float:
    """Mean difference of two pictures in grey levels, on a size where noise is gone."""
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    small = [cv2.resize(p, (80, 60), interpolation=cv2.INTER_AREA) for p in (decoded, scene)]
    return float(np.abs(small[0].astype(float) - small[1].astype(float)).mean())
