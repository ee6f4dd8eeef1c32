"""User-Agent headers in words: what people know their browser as, whatever else it claims to be."""

import pytest

from proctor_app.services.agents import browser_words

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36", "Chrome on Windows"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64) {_CHROME} Safari/537.36", "Chrome on ChromeOS"),
        (
            f"Mozilla/5.0 (Linux; Android 15) {_CHROME} Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_7) AppleWebKit/605.1.15 Version/18.0 "
            "Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
            "CriOS/140.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox on Linux"),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("", "Unknown program"),
        ("   ", "Unknown program"),
        ("\u202e\x00/1", "Unknown program"),
        ("x" * 200, "x" * 40),
    ],
)
def test_given_a_header_then_the_words_are_those_people_use(agent: str, words: str) -> None:
    assert browser_words(agent) == words
