"""Signing up in a real browser: by camera with every picture judged, or told before sending."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from cryptography.fernet import Fernet

from proctor_app.vision.models.identity import MODEL
from tests.e2e.harness import MEDIA, Launch, Server, Visitor, write_clip

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
_EMAIL = "ada@signup.test"
PASSWORD = "seven quiet herons wade at dusk"


def _fill(visitor: Visitor, email: str) -> None:
    visitor.page.goto(f"{visitor.url}/signup")
    visitor.page.fill("input[name=name]", "Ada Lovelace")
    visitor.page.fill("input[name=email]", email)
    visitor.page.fill("input[name=password]", PASSWORD)


def test_a_face_before_the_camera_becomes_an_account_and_a_file_is_judged_before_it_is_sent(
    server: Server, launch: Launch, tmp_path: Path
) -> None:
    kept = _pictures(server.data_dir)
    clip = write_clip(tmp_path / "clip.mjpeg", [("nobody", 4.0), ("face", 60.0)])
    ada = Visitor(launch(clip), server.url)
    _fill(ada, _EMAIL)

    ada.page.set_input_files("input[name=image]", MEDIA / "china.jpg")
    ada.sees("No face was found")
    ada.page.set_input_files("input[name=image]", MEDIA / "astronaut.png")
    ada.sees("This photo serves")
    assert _accounts(server.data_dir) == []

    ada.page.get_by_role("button", name="Use the camera").click()
    ada.sees("Your pictures are taken")
    ada.sees("3 of 3 pictures")
    assert ada.page.locator(".face-shots img").count() == 3
    held = ada.page.evaluate(
        "[...document.querySelector('input[name=image]').files].map(f => [f.type, f.size])"
    )
    assert [kind for kind, _ in held] == ["image/jpeg"] * 3
    assert all(size > 10_000 for _, size in held)
    ada.page.get_by_role("button", name="Sign up").click()
    ada.page.wait_for_url("**/dashboard/**")
    ada.sees("Monitored session")

    ((email, role, model, sealed, photo),) = _accounts(server.data_dir)
    assert (email, role, model, photo) == (_EMAIL, "student", MODEL, "")
    opened = Fernet((server.data_dir / "data.key").read_text()).decrypt(sealed)
    assert np.frombuffer(opened, np.float64).shape == (128,)
    assert _pictures(server.data_dir) == kept

    ada.page.goto(f"{server.url}/my-data")
    ada.sees("Enrolled")
    ada.sees(MODEL)
    with ada.page.expect_download() as download:
        ada.page.click("#export")
    assert download.value.suggested_filename.startswith("proctor-data-")
    ada.page.click("#erase")
    ada.page.click("#erase-really")
    ada.sees("Erasure requested")
    ada.page.click("#withdraw")
    ada.page.locator("#erase").wait_for()
    ada.page.click("#remove-face")
    ada.page.click("#remove-face-really")
    ada.sees("No face data")
    ada.page.get_by_role("button", name="Use the camera").click()
    ada.sees("Your pictures are taken")
    ada.page.fill("input[name=password]", PASSWORD)
    ada.page.get_by_role("button", name="Enrol my face").click()
    ada.sees("The face was enrolled again")
    assert ada.errors == []


def _accounts(data_dir: Path) -> list[tuple[str, str, str, bytes, str]]:
    """Whoever signed up here, with the face as the database has it."""
    database = sqlite3.connect(data_dir / "proctor.db")
    return database.execute(
        "SELECT email, role, face_model, face_template, face_photo_key FROM users"
        " WHERE email LIKE '%@signup.test'"
    ).fetchall()


def _pictures(data_dir: Path) -> set[Path]:
    return {path for path in (data_dir / "pictures").rglob("*") if path.is_file()}
