"""The page of the WebSocket's document: whole, escaped, and with nothing from elsewhere."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from proctor_app.api import asyncapi, asyncapi_page
from proctor_app.api.asyncapi_codes import CLOSES, ERRORS
from proctor_app.api.asyncapi_words import marked
from tests.api.conftest import Site

DOCUMENT = asyncapi.build()
MESSAGES: Mapping[str, Any] = DOCUMENT["components"]["messages"]


def test_the_page_shows_every_message_with_its_fields_schema_and_examples(site: Site) -> None:
    page = site.client.get("/api/docs/websocket")

    assert page.status_code == 200
    for name, message in MESSAGES.items():
        article = page.text.partition(f'<article id="{name}">')[2].partition("</article>")[0]
        assert f'href="#{name}"' in page.text
        assert html.escape(json.dumps(message["payload"], indent=2, ensure_ascii=False)) in article
        assert html.escape(message["summary"]) in article
        for field in message["payload"].get("properties", {}):
            assert f"<dt><code>{field}</code>" in article, (name, field)
        for example in message["examples"]:
            payload = example["payload"]
            text = payload if isinstance(payload, str) else json.dumps(payload, indent=2)
            assert f"<pre>{html.escape(text)}</pre>" in article, name


def test_the_page_shows_every_close_code_and_every_code_of_an_error(site: Site) -> None:
    page = site.client.get("/api/docs/websocket").text

    for part, codes in (("closes", CLOSES), ("errors", ERRORS)):
        shown = page.partition(f'<h2 id="{part}">')[2].partition("</dl>")[0]
        assert shown.count("<dt>") == len(codes)
        for code, told in codes.items():
            assert f"<dt><code>{code}</code></dt><dd>{marked(told, is_line=True)}</dd>" in shown


def test_the_page_needs_no_script_and_nothing_from_elsewhere_and_is_found(site: Site) -> None:
    page = site.client.get("/api/docs/websocket")

    assert "<script" not in page.text
    assert set(re.findall(r'(?:src|href)="([^"#]+)"', page.text)) == {
        "/api/asyncapi.json", "/api/docs", "/api/openapi.json",
    }  # fmt: skip
    policy = page.headers["content-security-policy"]
    style = page.text.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert (
        "(/api/docs/websocket)"
        in site.client.get("/api/openapi.json").json()["info"]["description"]
    )


def test_what_a_document_says_is_escaped_on_the_page() -> None:
    wicked = '<script>alert("x")</script>'
    document = json.loads(json.dumps(DOCUMENT))
    document["info"]["title"] = wicked
    ack = document["components"]["messages"]["ack"]
    ack.update(summary=wicked, contentType=wicked, examples=[{"payload": {"type": wicked}}])
    ack["payload"]["properties"][wicked] = {
        "description": wicked, "enum": [wicked], "type": wicked, "const": wicked,
    }  # fmt: skip
    channel = document["channels"]["stream"]
    channel["x-close-codes"][wicked] = wicked
    channel["address"] = wicked
    document["operations"]["send"]["summary"] = wicked

    page = asyncapi_page.render(document, f"{wicked} [{wicked}](javascript:alert) `{wicked}`")

    assert page.count(html.escape(wicked)) > 10
    assert "<script" not in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("`seq` < 5", "<code>seq</code> &lt; 5"),
        ("[more](/api/docs)", '<a href="/api/docs">more</a>'),
        ("[more](https://evil.example)", "[more](https://evil.example)"),
        ("[more](//evil.example)", "[more](//evil.example)"),
    ],
)
def test_words_have_code_and_links_to_this_server_only(text: str, shown: str) -> None:
    assert marked(text, is_line=True) == shown
