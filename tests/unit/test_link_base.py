"""Where the links in our mails lead: never to a host that only the request itself vouches for."""

import pytest

from proctor_app.services.password_reset import Site, link_base


@pytest.mark.parametrize(
    ("site", "asked_at", "base"),
    [
        (Site("https://exams.example.org/"), "http://evil.example", "https://exams.example.org"),
        (Site(), "http://localhost:8080", "http://localhost:8080"),
        (Site(), "http://127.0.0.1", "http://127.0.0.1"),
        (Site(), "http://[::1]:8080", "http://[::1]:8080"),
        (Site(), "http://evil.example", ""),
        (Site(), "http://localhost.evil.example", ""),
        (Site(), "http://localhost@evil.example", ""),
        (Site(), "http://evil.example@localhost", ""),
        (Site(), "http://localhost:80 call evil.example now", ""),
        (Site(), "javascript://localhost", ""),
        (Site(), "http://[", ""),
        (Site(), "http://", ""),
        (Site("", ("https://a.example",)), "http://A.example", "https://a.example"),
        (Site("", ("https://a.example",)), "http://a.example:81", ""),
        (Site("", ("https://a.example",)), "http://evil.example", ""),
    ],
)
def test_given_a_host_that_a_request_names_then_links_lead_there_only_if_it_is_known(
    site: Site, asked_at: str, base: str
) -> None:
    assert link_base(site, asked_at) == base
