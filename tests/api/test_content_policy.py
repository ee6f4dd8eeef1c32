"""Pages come with a policy that lets in the scripts they were built with, and no others."""

import base64
import gzip
import hashlib
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message

from proctor_app.api.content_policy import ContentPolicy, policy

INLINE = b"window.answer = 42;\n"
PAGE = b'<html><script>%s</script><script type="module" src="/a.js"></script></html>' % INLINE


def hashed(script: bytes) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(script).digest()).decode() + "'"


def page(_request: Request) -> Response:
    return HTMLResponse(PAGE)


def packed(_request: Request) -> Response:
    return Response(
        gzip.compress(PAGE), headers={"content-encoding": "gzip"}, media_type="text/html"
    )


def streamed(_request: Request) -> Response:
    return StreamingResponse(iter([PAGE[:20], PAGE[20:]]), media_type="text/html")


def data(_request: Request) -> Response:
    return JSONResponse({"script": "<script>1</script>"})


@pytest.fixture(scope="module")
def client() -> TestClient:
    routes = [Route(f"/{one.__name__}", one) for one in (page, packed, streamed, data)]
    return TestClient(ContentPolicy(Starlette(routes=routes)))


@pytest.mark.parametrize("path", ["/page", "/packed", "/streamed"])
def test_a_page_names_its_own_scripts_and_nothing_inline_else(
    client: TestClient, path: str
) -> None:
    answer = client.get(path)
    rules = dict(
        rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; ")
    )
    assert rules["script-src"] == f"'self' 'unsafe-eval' {hashed(INLINE)}"
    assert rules["default-src"] == rules["frame-ancestors"] == "'none'"
    assert answer.content == PAGE


async def test_a_file_that_the_server_would_send_itself_is_read_first(tmp_path: Path) -> None:
    file = tmp_path / "index.html"
    file.write_bytes(PAGE)
    sent: list[Message] = []

    async def keep(message: Message) -> None:
        sent.append(message)

    async def nothing() -> Message:
        return {"type": "http.request"}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": [],
        "extensions": {"http.response.pathsend": {}},
    }
    await ContentPolicy(FileResponse(file))(scope, nothing, keep)
    start, body = sent
    assert dict(start["headers"])[b"content-security-policy"] == policy(PAGE).encode()
    assert (body["type"], body["body"]) == ("http.response.body", PAGE)


def test_what_is_no_page_goes_out_as_it_is(client: TestClient) -> None:
    answer = client.get("/data")
    assert "content-security-policy" not in answer.headers
    assert answer.json() == {"script": "<script>1</script>"}


def test_an_injected_script_is_not_among_those_of_the_built_page() -> None:
    injected = PAGE.replace(b"</html>", b"<script>steal()</script></html>")
    assert hashed(b"steal()") not in policy(PAGE)
    assert policy(PAGE) != policy(injected)


def test_a_page_too_large_to_read_gets_the_strictest_policy() -> None:
    def huge(_request: Request) -> Response:
        chunks = (b"<script>1</script>" + b" " * 700_000 for _ in range(5))
        return StreamingResponse(chunks, media_type="text/html")

    client = TestClient(ContentPolicy(Starlette(routes=[Route("/", huge)])))
    answer = client.get("/")
    assert answer.headers["content-security-policy"].endswith("script-src 'self' 'unsafe-eval'")
    assert len(answer.content) > 3_500_000
