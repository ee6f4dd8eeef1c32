"""From camera to proctor, in a real browser: the product's first promise."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography.fernet import Fernet

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

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
SCRIPT = [("face", 9.0), ("nobody", 7.0), ("two people", 7.0)]


@pytest.mark.parametrize("transport", ["event", "websocket"])
def test_face_gone_then_second_person_are_seen_live_by_candidate_and_proctor(
    transport: str, serve: Callable[..., Server], launch: Launch, tmp_path: Path
) -> None:
    server = serve(PROCTOR_FRAME_TRANSPORT=transport)
    server.sign_up("ada@example.test", "Ada Lovelace")
    proctor = Visitor(launch(None), server.url)
    proctor.log_in(*ADMIN)
    proctor.page.goto(f"{server.url}/proctor")
    proctor.sees("Nobody is being monitored yet")

    candidate = Visitor(launch(write_clip(tmp_path / "clip.mjpeg", SCRIPT)), server.url)
    candidate.log_in("ada@example.test", STUDENT_PASSWORD)
    candidate.page.goto(f"{server.url}/exam")
    candidate.page.click("#agree")
    candidate.page.click("#start")
    candidate.sees("Face visible")
    proctor.sees("Ada Lovelace")
    for words in ("Face not detected", "Multiple people detected"):
        candidate.sees(words)
        proctor.sees(words, timeout_s=5)
    proctor.page.locator("#candidates [data-attempt] img").wait_for()

    candidate.page.reload()
    candidate.sees("Monitoring is running")
    candidate.sees("Face not detected")
    candidate.sees("Multiple people detected")
    candidate.page.click("#stop")
    candidate.page.click("#stop-really")
    candidate.sees("The session has ended")
    proctor.sees("Nobody is being monitored yet")
    proctor.sees("Multiple people detected")

    _database_holds_the_incidents_with_their_pictures(server.data_dir)
    assert candidate.errors == []
    assert proctor.errors == []


def _database_holds_the_incidents_with_their_pictures(data_dir: Path) -> None:
    database = sqlite3.connect(data_dir / "proctor.db")
    attempts = database.execute("SELECT status, monitored_s, face_s FROM attempts").fetchall()
    assert [status for status, _, _ in attempts] == ["submitted"]
    monitored_s, face_s = attempts[0][1:]
    assert 0 < face_s < monitored_s
    rows = database.execute(
        "SELECT i.event_type, i.closed_at > i.opened_at, e.key FROM incidents i "
        "JOIN evidence e ON e.incident_id = i.id WHERE e.ordinal = 0 ORDER BY i.id"
    ).fetchall()
    assert [(kind, ended) for kind, ended, _ in rows][:2] == [
        ("face_absent", 1),
        ("multiple_faces", 1),
    ]
    vault = Fernet((data_dir / "data.key").read_text())
    for (_, _, key), scene in zip(rows[:2], ("nobody", "two people"), strict=True):
        sealed = (data_dir / "pictures" / key).read_bytes()
        assert _difference(vault.decrypt(sealed), scenes()[scene]) < 12
        assert _difference(vault.decrypt(sealed), scenes()["face"]) > 30


def _difference(jpeg: bytes, scene: Picture) -> float:
    """Mean difference of two pictures in grey levels, on a size where noise is gone."""
    decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    small = [cv2.resize(p, (80, 60), interpolation=cv2.INTER_AREA) for p in (decoded, scene)]
    return float(np.abs(small[0].astype(float) - small[1].astype(float)).mean())
