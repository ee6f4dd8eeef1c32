"""Log-in by face in a real browser: who stands before the camera, and what they do there."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from proctor_app.vision.challenge import Action
from proctor_app.vision.frame import Pixels
from tests.e2e.harness import MEDIA, PATIENCE_S, ROOT, STUDENT_PASSWORD, Launch, Server, Visitor
from tests.performances import Performance
from tests.vision.conftest import SHARED_MEDIA

pytestmark = [pytest.mark.e2e, pytest.mark.needs_shared, pytest.mark.timeout(600)]
ASKED = Action.TURN_RIGHT
TURNS_RIGHT = Performance("turns right", Action.TURN_RIGHT, "incluit_look_left.mp4")
TURNS_LEFT = Performance("turns left", Action.TURN_LEFT, "incluit_look_left.mp4", mirrored=True)
_CLIP_FPS = 30
_OWNER, _OTHER = "ada@example.test", "grace@example.test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that always asks for a turn to the right; two students with enrolled faces."""
    if not SHARED_MEDIA.is_dir():
        pytest.skip("the labelled media beside the repository are not here: no face to log in with")
    asking = Path(__file__).parent / "asking"
    found = Server(
        tmp_path_factory.mktemp("data"),
        PYTHONPATH=f"{asking}:{ROOT}",
        TEST_FACE_ACTION=ASKED.value,
    )
    found.start()
    first = next(TURNS_RIGHT.frames(_CLIP_FPS))
    _sign_up(found, _OWNER, cv2.imencode(".png", first)[1].tobytes())
    _sign_up(found, _OTHER, (MEDIA / "astronaut.png").read_bytes())
    yield found
    found.stop()


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _clip(tmp_path_factory.mktemp("clip") / "right.mjpeg", TURNS_RIGHT)


def test_the_owner_who_does_what_is_asked_comes_to_the_first_page(
    server: Server, launch: Launch, right: Path
) -> None:
    visitor = _begin(server, launch, right, _OWNER)
    visitor.page.wait_for_url("**/dashboard/**")
    visitor.sees("Ada")
    cookies = {one["name"]: one for one in visitor.page.context.cookies()}
    assert cookies["proctor_session"]["httpOnly"]
    assert visitor.errors == []


def test_the_owner_who_does_something_else_is_told_so_and_can_use_the_password(
    server: Server, launch: Launch, tmp_path: Path
) -> None:
    visitor = _begin(server, launch, _clip(tmp_path / "left.mjpeg", TURNS_LEFT), _OWNER)
    visitor.sees("What was asked was not seen.")
    _stays_outside(visitor)
    visitor.page.get_by_text("Use your password instead").click()
    visitor.page.fill("input[name=email]", _OWNER)
    visitor.page.fill("input[name=password]", STUDENT_PASSWORD)
    visitor.page.click("button[type=submit]")
    visitor.page.wait_for_url("**/dashboard/**")


def test_a_still_picture_is_asked_to_turn_and_never_does(
    server: Server, launch: Launch, tmp_path: Path
) -> None:
    still = _clip(tmp_path / "still.mjpeg", TURNS_RIGHT, moving=False)
    visitor = _begin(server, launch, still, _OWNER)
    visitor.sees("Turn your head to your right")
    visitor.sees("The time for it is over.")
    _stays_outside(visitor)


def test_another_person_is_told_no_more_than_that_it_did_not_succeed(
    server: Server, launch: Launch, right: Path
) -> None:
    for email in (_OTHER, "nobody@example.test"):
        visitor = _begin(server, launch, right, email)
        visitor.sees("Face log-in did not succeed. Try again, or use your password.")
        _stays_outside(visitor)
        visitor.page.click("#again")
        visitor.page.locator("video").wait_for()


def _begin(server: Server, launch: Launch, clip: Path, email: str) -> Visitor:
    visitor = Visitor(launch(clip), server.url)
    visitor.page.goto(f"{server.url}/login")
    visitor.page.get_by_text("Log in by face").click()
    visitor.page.get_by_role("heading", name="Log in by face").wait_for()
    visitor.page.fill("input[name=email]", email)
    visitor.page.click("button[type=submit]")
    return visitor


def _stays_outside(visitor: Visitor) -> None:
    assert "proctor_session" not in {one["name"] for one in visitor.page.context.cookies()}
    assert "/login/face" in visitor.page.url


def _sign_up(server: Server, email: str, photo: bytes) -> None:
    answer = httpx.post(
        f"{server.url}/api/v1/auth/signup",
        data={"email": email, "password": STUDENT_PASSWORD, "name": email.split("@")[0].title()},
        files={"image": ("face.png", photo, "image/png")},
        timeout=PATIENCE_S,
    )
    assert answer.status_code == 201, answer.text


def _clip(path: Path, shown: Performance, *, moving: bool = True) -> Path:
    """A Motion JPEG with a sensor's noise: the clip, resting for two seconds on its first frame so
    that slow machines see it; or that frame alone."""
    pictures = list(shown.frames(_CLIP_FPS))
    resting = [pictures[0]] * (2 * _CLIP_FPS)
    rng = np.random.default_rng(3)
    noise = [rng.integers(-3, 4, pictures[0].shape) for _ in range(7)]
    with path.open("wb") as file:
        for number, picture in enumerate([*resting, *(pictures if moving else [])]):
            noisy = picture.astype(np.int16) + noise[number % len(noise)]
            file.write(_jpeg(np.clip(noisy, 0, 255).astype(np.uint8)))
    return path


def _jpeg(picture: Pixels) -> bytes:
    return cv2.imencode(".jpg", picture)[1].tobytes()
