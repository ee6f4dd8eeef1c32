"""The AsyncAPI 3.0 document of the WebSocket: every message, close code, limit, with examples.

Values come from the code where it has them; a test drives the WebSocket through every form and
holds what comes back against these schemas.
"""

from functools import cache

from proctor_app import __version__
from proctor_app.api.asyncapi_client import client_messages
from proctor_app.api.asyncapi_codes import CLOSES, ERRORS
from proctor_app.api.asyncapi_forms import Document
from proctor_app.api.asyncapi_server import server_messages
from proctor_app.api.ws import AUTH_TIMEOUT_S
from proctor_app.api.ws_messages import MAX_TEXT_CHARACTERS
from proctor_app.services.tickets import GOOD_FOR
from proctor_app.vision.frame import FRAME_LIMITS

DESCRIPTION = f"""\
The stream of one candidate's attempt: frames and events go up; acknowledgements, the status of the
picture and incidents come down. The REST document is [openapi.json](/api/openapi.json).

`POST /api/v1/exam/start/{{user_id}}` answers with `wsUrl` and a ticket (`wsConfig.token`). It is
good for {int(GOOD_FOR.total_seconds())} s and for one connection; send it as `?token=` or, within
{AUTH_TIMEOUT_S:g} s, in the first message. The token of a log-in is no ticket.

A frame is a JPEG or PNG of at most {FRAME_LIMITS.max_bytes:,} bytes and
{FRAME_LIMITS.max_long_side_px} x {FRAME_LIMITS.max_short_side_px} pixels; a text has at most
{MAX_TEXT_CHARACTERS:,} characters. Every frame and event is answered by `ack` or `error`, and
after an error the connection lives on. Frames wait for nobody: where several are under
way the newest is looked at, and the others are acknowledged with `analysed: false`.
"""


@cache
def build() -> Document:
    """The whole document, as JSON-compatible values."""
    client, server = client_messages(), server_messages()
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": "application/json",
        "servers": {
            "here": {
                "host": "localhost:8080",
                "protocol": "ws",
                "description": "Use `wsUrl` of a start: the host that served it, wss over TLS.",
                "security": [{"$ref": "#/components/securitySchemes/ticket"}],
            }
        },
        "channels": {"stream": _channel([*client, *server])},
        "operations": {
            "send": _operation("receive", "What a client sends", client),
            "receive": _operation("send", "What the server sends", server),
        },
        "components": {
            "messages": client | server,
            "securitySchemes": {
                "ticket": {
                    "type": "httpApiKey",
                    "in": "query",
                    "name": "token",
                    "description": "A one-use ticket of a start; or as the first message.",
                }
            },
        },
    }


def _info() -> Document:
    closes = "\n".join(f"- {code}: {told}" for code, told in CLOSES.items())
    errors = "\n".join(f"- `{code}`: {told}" for code, told in ERRORS.items())
    return {
        "title": "Proctor, the stream of an attempt",
        "version": __version__,
        "license": {"name": "MIT"},
        "description": f"{DESCRIPTION}\nCloses:\n\n{closes}\n\nCodes of `error`:\n\n{errors}\n",
    }


def _channel(names: list[str]) -> Document:
    return {
        "address": "/ws/{user_id}",
        "parameters": {"user_id": {"description": "The candidate's id."}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"ws": {"method": "GET", "query": _query(), "bindingVersion": "0.1.0"}},
        "x-close-codes": {str(code): told for code, told in CLOSES.items()},
        "x-error-codes": ERRORS,
    }


def _query() -> Document:
    token = {"type": "string", "description": "The ticket, where it is not the first message."}
    return {"type": "object", "properties": {"token": token}}


def _operation(action: str, summary: str, messages: dict[str, Document]) -> Document:
    """action: from the server's side, as the standard has it."""
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/stream"},
        "messages": [{"$ref": f"#/channels/stream/messages/{name}"} for name in messages],
    }
