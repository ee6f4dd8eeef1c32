"""The real app, in a process of its own, driven by a real browser with a fake camera."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from proctor_app.domain.access import Role
from tests.e2e.harness import (
    FLAGS,
    LEFT_OVER,
    PATIENCE_S,
    ROOT,
    STUDENT_PASSWORD,
    Launch,
    Server,
    Visitor,
    chromium,
)
from tests.e2e.sheets import Desk, desk

expect.set_options(timeout=PATIENCE_S * 1000)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="session")
def other_origin() -> Iterator[str]:
    """Serves the examples' folder under an origin of its own, which ``server`` allows."""
    served = partial(_Quiet, directory=ROOT / "examples")
    with ThreadingHTTPServer(("localhost", 0), served) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        yield f"http://localhost:{site.server_port}"
        site.shutdown()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, other_origin: str) -> Iterator[Server]:
    """One for all tests that need no settings of their own, because a start takes many seconds of
    both cores. Each test makes accounts and exams of its own, with codes and names that no other
    has, and expects nothing of lists that show what others have made, too."""
    LEFT_OVER.parent.mkdir(exist_ok=True)
    LEFT_OVER.write_bytes(b"a cookie")
    found = Server(tmp_path_factory.mktemp("data"), PROCTOR_ALLOWED_ORIGINS=other_origin)
    found.start()
    yield found
    found.stop()


@pytest.fixture(scope="module")
def office(server: Server) -> Desk:
    return desk(server.data_dir)


@pytest.fixture
def candidate(server: Server, office: Desk, launch: Launch) -> Callable[[str], Visitor]:
    """Somebody with an account, logged in at a browser without a camera."""

    def come(name: str) -> Visitor:
        email = f"{name.lower()}@sitting.test"
        office.services.accounts.create(email, STUDENT_PASSWORD, Role.STUDENT, name)
        visitor = Visitor(launch(None), server.url)
        visitor.enter(email, STUDENT_PASSWORD)
        return visitor

    return come


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start a server with settings of its own; it is stopped at the end of the test."""
    started: list[Server] = []

    def start(**settings: str) -> Server:
        server = Server(tmp_path_factory.mktemp("data"), **settings)
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Ended with the module: while it runs, no other event loop can run in this thread."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def without_camera(playwright: Playwright) -> Iterator[Browser]:
    """The browser of everybody whom no clip is made for; each has a context of their own."""
    running = _chromium(playwright)
    yield running
    running.close()


@pytest.fixture
def launch(playwright: Playwright, without_camera: Browser) -> Iterator[Launch]:
    """Start Debian's Chromium with a clip for its camera; without one it is there already."""
    running: list[Browser] = []

    def start(clip: Path | None) -> Browser:
        if clip is None:
            return without_camera
        running.append(_chromium(playwright, f"--use-file-for-fake-video-capture={clip}"))
        return running[-1]

    yield start
    for browser in running:
        browser.close()
    for context in without_camera.contexts:
        context.close()


def _chromium(playwright: Playwright, *flags: str) -> Browser:
    return playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *flags])
