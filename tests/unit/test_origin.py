"""Which pages may act here: our own and those an operator allowed."""

import pytest

from proctor_app.api.origin import is_own

ALLOWED = ("https://lms.example.org",)


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("", "exams.example.org", True),  # no browser's cross-site call
        ("https://exams.example.org", "exams.example.org", True),
        ("http://localhost:8080", "localhost:8080", True),
        ("https://lms.example.org", "exams.example.org", True),
        ("https://lms.example.org/", "exams.example.org", True),
        ("http://localhost:3000", "localhost:8080", False),
        ("http://lms.example.org", "exams.example.org", False),
        ("https://evil.example", "exams.example.org", False),
        ("https://exams.example.org.evil.example", "exams.example.org", False),
        ("https://evil.example/exams.example.org", "exams.example.org", False),
        ("https://exams.example.org@evil.example", "exams.example.org", False),
        ("null", "exams.example.org", False),
        ("null", "", False),
        ("file://", "", False),
        ("http://[", "exams.example.org", False),
        ("\xff\xfe", "exams.example.org", False),
    ],
)
def test_given_an_origin_and_a_host_then_it_is_ours_or_it_is_not(
    origin: str, host: str, own: bool
) -> None:
    assert is_own(origin, host, ALLOWED) is own
