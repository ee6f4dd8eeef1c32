"""Who gets the page of an address, and who the document."""

import pytest

from proctor_app.api.accept import wants_page

_CHROMIUM = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;"
    "q=0.8,application/signed-exchange;v=b3;q=0.7"
)
_FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_SAFARI = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
_OLD_FIREFOX = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "image/png,image/svg+xml,*/*;q=0.8"
)


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        pytest.param(_CHROMIUM, True, id="Chromium"),
        pytest.param(_FIREFOX, True, id="Firefox"),
        pytest.param(_OLD_FIREFOX, True, id="Firefox until 131"),
        pytest.param(_SAFARI, True, id="Safari"),
        pytest.param("application/json, text/plain, */*", False, id="axios"),
        pytest.param("application/json, */*;q=0.5", False, id="HTTPie"),
        pytest.param("*/*", False, id="curl, requests, fetch"),
        pytest.param("", False, id="none"),
        ("text/html", True),
        ("TEXT/HTML", True),
        ("text/html; charset=utf-8", True),
        ("text/*", True),
        ("application/json", False),
        ("application/json, text/html;q=0.1", False),
        ("application/json;q=0.1, text/html", True),
        ("text/html;q=0.5, application/json;q=0.6", False),
        ("text/html;q=0.6, application/json;q=0.5", True),
        ("text/html, application/json", True),
        ("application/json, text/html", True),
        ("text/html;q=0, */*", False),
        ("text/html;q=0", False),
        ("text/html;q=0.0, application/json;q=0", False),
        ("application/json;q=0, */*", False),
        ("application/*, text/html", True),
        ("application/json, text/*", False),
        ("application/*, text/*", True),
        ("text/html;q=0.3, */*;q=0.8", False),
        ("text/html;q=0.9, text/html;q=0.2, application/json;q=0.5", True),
        ("text/html ; Q=0.2 , application/json ; q = 0.1", True),
        ("text/html;level=1;q=0.2, application/json;q=0.5", False),
        ("image/png", False),
        ("application/xhtml+xml", False),
    ],
)
def test_given_an_accept_header_then_it_is_a_page_or_a_document(accept: str, page: bool) -> None:
    assert wants_page(accept) is page


@pytest.mark.parametrize(
    "accept",
    [
        "text/html;q=2",
        "text/html;q=-1",
        "text/html;q=nan",
        "text/html;q=1e0",
        "text/html;q=",
        "text/html;q=0.12345",
        "text/htmlx",
        "xtext/html",
        "text/html/x",
        "text html",
        ";q=1",
        ",,,,",
        "/",
        "text/",
        "\xff",
    ],
)
def test_given_what_cannot_be_read_then_it_is_passed_over(accept: str) -> None:
    assert not wants_page(accept)
    assert wants_page(f"{accept}, text/html")
    assert not wants_page(f"{accept}, application/json, text/html;q=0.9")


def test_given_a_very_long_header_then_it_is_read_in_one_go() -> None:
    assert wants_page("text/html" + ";q" * 40_000)
    assert not wants_page("text/html" + "; q = " * 40_000)
    assert not wants_page("*/*;q=0.1," * 10_000)
    assert wants_page("a/b;c=d," * 10_000 + "text/html")
