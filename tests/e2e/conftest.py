"""The real app, in a process of its own, driven by a real browser with a fake camera."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.e2e.harness import FLAGS, Launch, Server, chromium

expect.set_options(timeout=30_000)  # a busy machine is no failure


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
    running: list[Browser] = []

    def start(clip: Path | None) -> Browser:
        camera = [f"--use-file-for-fake-video-capture={clip}"] if clip else []
        browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, *camera])
        running.append(browser)
        return browser

    yield start
    for browser in running:
        browser.close()
