"""The pages' event socket goes to the origin the page came from.

Reflex writes the server's own port into the built front end, so behind a port mapping or a proxy
the socket would go astray; the file that holds the address is rewritten when it is served.
"""

import re
from pathlib import Path

from reflex.utils.prerequisites import get_web_dir
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_FILE = re.compile(r"/assets/reflex-env-[\w-]+\.js")
_ADDRESS = re.compile(r"""([`"'])(http|ws)s?://localhost:\d+(/[^`"']*)\1""")


class SameOriginSocket:
    """ASGI middleware over the built front end."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._rewritten: dict[Path, bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _FILE.fullmatch(scope["path"]):
            file = Path(get_web_dir()) / "build" / "client" / scope["path"].lstrip("/")
            if file.is_file():
                response = Response(self._read(file), media_type="text/javascript")
                await response(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _read(self, file: Path) -> bytes:
        if file not in self._rewritten:
            self._rewritten[file] = rewrite(file.read_text()).encode()
        return self._rewritten[file]


def rewrite(script: str) -> str:
    """Replace every address of this server by one built from ``location.origin``."""
    return _ADDRESS.sub(
        lambda found: f'(location.origin.replace(/^http/,"{found[2]}")+"{found[3]}")', script
    )
