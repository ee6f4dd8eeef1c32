"""The page of the WebSocket: its AsyncAPI document, for people to read.

Made here, with its style in it and without a script. What is shown comes from the document, and
every text of it is escaped."""

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from typing import Any

from fastapi.responses import HTMLResponse

from proctor_app.api import asyncapi
from proctor_app.api.asyncapi_fields import fields_of
from proctor_app.api.asyncapi_forms import Document
from proctor_app.api.asyncapi_words import marked

PATH = "/api/docs/websocket"
_STYLE = """
:root { color-scheme: light dark;
  --line: #d5d9df; --soft: #f4f5f7; --quiet: #545c68; --link: #0b57c2; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3b414b; --soft: #20242b; --quiet: #a9b1bd; --link: #8cb8ff; } }
body { font: 16px/1.55 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; margin: 0;
  background: Canvas; color: CanvasText; }
header, main { max-width: 52rem; margin: 0 auto; padding: 0 1rem; }
main { padding-bottom: 4rem; }
h1 { font-size: 1.6rem; margin: 1.5rem 0 0; } h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1.05rem; margin: 0; } h4 { font-size: .9rem; margin: 1rem 0 .25rem; }
a { color: var(--link); } a:focus-visible, summary:focus-visible, pre:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px; }
.quiet { color: var(--quiet); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding: 0; list-style: none; }
code, pre { font: .875em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
code { background: var(--soft); border-radius: 4px; padding: .1em .3em; }
pre { background: var(--soft); border-radius: 8px; padding: .75rem; margin: .25rem 0;
  white-space: pre-wrap; }
article { border: 1px solid var(--line); border-radius: 10px; padding: 1rem; margin: 1rem 0; }
article > p { margin: .25rem 0; }
dl { margin: .25rem 0; } dt { border-top: 1px solid var(--line); padding-top: .4rem; }
dd { margin: 0 0 .4rem; padding-left: 1rem; }
summary { cursor: pointer; margin-top: .75rem; }
"""
_POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src "
    f"'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)


async def show() -> HTMLResponse:
    """The page, with a policy that is narrower than that of the other pages."""
    headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return HTMLResponse(_whole(), headers=headers)


@cache
def _whole() -> str:
    return render(asyncapi.build(), asyncapi.DESCRIPTION)


def render(document: Document, introduction: str) -> str:
    """Give the page of a document. introduction: what its description says before its lists."""
    info = document["info"]
    body = "".join((
        *_channels(document["channels"]),
        *(_operation(document, one) for one in document["operations"].values()),
        *(_codes(channel) for channel in document["channels"].values()),
    ))  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(info['title'])}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<header>\n<h1>{escape(info['title'])}</h1>\n"
        f'<p class="quiet">Version {escape(info["version"])} · '
        '<a href="/api/asyncapi.json">asyncapi.json</a> · <a href="/api/docs">REST routes</a></p>\n'
        f"{_contents(document)}</header>\n<main>\n{marked(introduction)}{body}</main>\n</body>\n"
        "</html>\n"
    )


def _contents(document: Document) -> str:
    links = [
        *((one["name"], one["name"]) for one in document["components"]["messages"].values()),
        ("closes", "close codes"),
        ("errors", "error codes"),
    ]
    items = "".join(f'<li><a href="#{escape(to)}">{escape(told)}</a></li>' for to, told in links)
    return f'<nav aria-label="On this page"><ul>{items}</ul></nav>\n'


def _channels(channels: Mapping[str, Document]) -> Iterator[str]:
    for channel in channels.values():
        query = channel["bindings"]["ws"]["query"]["properties"]
        in_path = {name: one["description"] for name, one in channel["parameters"].items()}
        in_query = {f"?{name}=": one["description"] for name, one in query.items()}
        yield (
            f"<h2>Channel <code>{escape(channel['address'])}</code></h2>\n"
            f"{_terms(in_path | in_query)}"
        )


def _operation(document: Document, operation: Document) -> str:
    names = [str(one["$ref"]).rpartition("/")[2] for one in operation["messages"]]
    known = document["components"]["messages"]
    shown = "".join(_message(known[name]) for name in names)
    return f"<h2>{escape(operation['summary'])}</h2>\n{shown}"


def _message(one: Document) -> str:
    name = escape(one["name"])
    fields = "".join(
        f"<dt><code>{escape(field.name)}</code> {field.kind}</dt><dd>{field.told}</dd>"
        for field in fields_of(one["payload"])
    )
    examples = "".join(_pre(example["payload"], "Example") for example in one["examples"])
    told = " ".join((one.get("summary", ""), _about(one["payload"])))
    return (
        f'<article id="{name}"><h3><code>{name}</code></h3>\n'
        f"<p>{marked(told.strip(), is_line=True)}</p>\n"
        f'<p class="quiet">As {escape(one["contentType"])}</p>\n<dl>{fields}</dl>\n{examples}'
        f"<details><summary>Schema of {name}</summary>{_pre(one['payload'])}</details></article>\n"
    )


def _about(payload: Document) -> str:
    """What an object says of itself; of a text its only field says it."""
    return str(payload.get("description", "")) if "properties" in payload else ""


def _pre(value: Any, heading: str = "") -> str:
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    above = f"<h4>{heading}</h4>" if heading else ""
    return f"{above}<pre>{escape(text)}</pre>\n"


def _codes(channel: Document) -> str:
    return (
        f'<h2 id="closes">Close codes</h2>\n{_terms(channel["x-close-codes"])}'
        f'<h2 id="errors">Codes of <code>error</code></h2>\n{_terms(channel["x-error-codes"])}'
    )


def _terms(told: Mapping[str, str]) -> str:
    items = "".join(
        f"<dt><code>{escape(name)}</code></dt><dd>{marked(text, is_line=True)}</dd>"
        for name, text in told.items()
    )
    return f"<dl>{items}</dl>\n"
