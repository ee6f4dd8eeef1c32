"""What browser tests are made of: a server process, a fake camera's clip, a visitor."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any

import cv2
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT / "tests" / ".media"
ADMIN = ("admin@example.test", "a long admin phrase")
STUDENT_PASSWORD = "a long student phrase"
LEFT_OVER = ROOT / ".states" / "left-over-of-a-test.pkl"
"""A tab's state as earlier versions kept it in the installation's folder."""
PATIENCE_S = 60.0
"""For so long everything that must come is waited for: a busy machine is no failure."""
_START_TIMEOUT_S = 240
"""Loading takes seconds and a build half a minute, all of it much longer on a busy machine."""
_CLIP_FPS = 30

_WEB_DIRS = (".web-test", ".web-test-2", ".web-test-3", ".web-test-4")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

Picture = NDArray[np.uint8]
Launch = Callable[[Path | None], Browser]


def chromium() -> str:
    """Where Debian's Chromium is."""
    found = os.environ.get("PROCTOR_CHROMIUM") or shutil.which("chromium")
    assert found, "Chromium is missing: `make test` installs it"
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_held: list[IO[str]] = []


@cache
def _web_dir() -> str:
    """A folder for the built pages that no other test run beside this one uses."""
    for name in _WEB_DIRS:
        lock = (ROOT / f"{name}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        _held.append(lock)  # until this process ends
        return name
    raise RuntimeError("too many browser tests run here at the same time")


class Server:
    """The whole app as an operator starts it; ``crash`` kills it, ``stop`` is a shutdown."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self._port = _free_port()
        self.url = f"http://localhost:{self._port}"
        self.log = data_dir / "server.log"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("__REFLEX")}
        environment = inherited | {
            "PORT": str(self._port),
            "DATA_DIR": str(self.data_dir),
            "REFLEX_WEB_WORKDIR": _web_dir(),
            "PROCTOR_ADMIN_EMAIL": ADMIN[0],
            "PROCTOR_ADMIN_PASSWORD": ADMIN[1],
            **self._settings,
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "proctor_app", "serve"],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    @contextmanager
    def crash(self) -> Iterator[None]:
        """SIGKILL every process of the server at once: nothing gets a chance to tidy up. At the end
        it starts again, whatever became of the test: others use it, too."""
        self._end(signal.SIGKILL)
        try:
            yield
        finally:
            self.start()

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):  # it ended by itself: its log says why
                os.killpg(self._process.pid, how)
            self._process.wait(PATIENCE_S)
            self._process = None

    def _wait(self) -> None:
        assert self._process is not None
        for _ in range(_START_TIMEOUT_S * 2):
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/api/v1/health", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.5)
        self.stop()
        pytest.fail(f"the server did not start:\n{self.log.read_text()[-3000:]}")

    def sign_up(self, email: str, name: str) -> str:
        """Make a student's account over REST; returns its id."""
        answer = httpx.post(
            f"{self.url}/api/v1/auth/signup",
            data={"email": email, "password": STUDENT_PASSWORD, "name": name},
            files={"image": ("face.png", (MEDIA / "astronaut.png").read_bytes(), "image/png")},
            timeout=PATIENCE_S,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def bearer(self, email: str, password: str) -> dict[str, str]:
        answer = httpx.post(
            f"{self.url}/api/v1/auth/login/password",
            data={"email": email, "password": password},
            timeout=PATIENCE_S,
        )
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def scenes() -> dict[str, Picture]:
    """What the fake camera shows, from public-domain pictures: a face, nobody, two people."""
    astronaut, china = (
        np.asarray(cv2.imread(str(MEDIA / name)), np.uint8)
        for name in ("astronaut.png", "china.jpg")
    )
    size = (640, 480)
    half = cv2.resize(astronaut[0:430, 70:380], (320, 480))
    return {
        "face": np.asarray(cv2.resize(astronaut[0:384], size), np.uint8),
        "nobody": np.asarray(cv2.resize(china, size), np.uint8),
        "two people": np.asarray(np.hstack([half, half]), np.uint8),
    }


def write_clip(path: Path, script: list[tuple[str, float]]) -> Path:
    """Write scenes of some seconds each as a Motion JPEG, with the noise a real sensor has."""
    rng = np.random.default_rng(7)
    with path.open("wb") as file:
        for scene, lasts_s in script:
            picture = scenes()[scene].astype(np.int16)
            noisy = [
                np.clip(picture + rng.integers(-4, 5, picture.shape), 0, 255) for _ in range(11)
            ]
            frames = [cv2.imencode(".jpg", n.astype(np.uint8))[1].tobytes() for n in noisy]
            for number in range(int(lasts_s * _CLIP_FPS)):
                file.write(frames[number % len(frames)])
    return path


class Visitor:
    """One person at a browser of its own; remembers every error its pages report."""

    def __init__(self, browser: Browser, url: str, **context: Any) -> None:
        self.url = url
        self.errors: list[str] = []
        opened = browser.new_context(permissions=["camera"], **context)
        opened.set_default_timeout(PATIENCE_S * 1000)
        self.page: Page = opened.new_page()
        self.listen(self.page)

    def listen(self, page: Page) -> None:
        """Remember what this page reports, too."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def log_in(self, email: str, password: str) -> None:
        self.page.goto(f"{self.url}/login")
        self.page.fill("input[name=email]", email)
        self.page.fill("input[name=password]", password)
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/dashboard/**")

    def enter(self, email: str, password: str) -> None:
        """Log in by what the form sends, without a look at its page."""
        form: dict[str, str | float | bool] = {"email": email, "password": password}
        answer = self.page.context.request.post(f"{self.url}/login", form=form, max_redirects=0)
        assert answer.status == 303, answer.text()

    def sees(self, text: str) -> None:
        """Wait until the words are on the page."""
        self.page.get_by_text(text).first.wait_for()
