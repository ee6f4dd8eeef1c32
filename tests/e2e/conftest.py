"""The real app, in a process of its own, driven by a real browser with a fake camera."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.e2e.harness import Launch, Server

_FLAGS = [
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


@pytest.fixture
def launch(playwright: Playwright) -> Iterator[Launch]:
    """Start Debian's Chromium, with a clip for its camera where one is given."""
    chromium = os.environ.get("PROCTOR_CHROMIUM") or shutil.which("chromium")
    assert chromium, "Chromium is missing: `make test` installs it"
    running: list[Browser] = []

    def start(clip: Path | None) -> Browser:
        camera = [f"--use-file-for-fake-video-capture={clip}"] if clip else []
        browser = playwright.chromium.launch(executable_path=chromium, args=[*_FLAGS, *camera])
        running.append(browser)
        return browser

    yield start
    for browser in running:
        browser.close()
