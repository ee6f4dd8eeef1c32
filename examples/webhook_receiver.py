"""A receiver of Proctor's webhooks: checks each message, takes it once, prints it.

    PROCTOR_WEBHOOK_SECRET=whsec_... python examples/webhook_receiver.py 9000

Python's own library is enough. docs/webhooks.md tells what a message holds.
"""

import hashlib
import hmac
import json
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOLERANCE_S = 300
MOST_BYTES = 64 * 1024


def is_genuine(secret: str, headers: Mapping[str, str], body: bytes, now_s: float) -> bool:
    """Whether Proctor sent this, just now. headers: by their names in small letters."""
    delivery, timestamp = headers.get("proctor-delivery", ""), headers.get("proctor-timestamp", "")
    if not delivery or not re.fullmatch("[0-9]{1,12}", timestamp):
        return False
    if abs(now_s - int(timestamp)) > TOLERANCE_S:
        return False  # an old message that somebody kept and sends again
    signed = f"{delivery}.{timestamp}.".encode() + body
    mac = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    given = headers.get("proctor-signature", "")
    return hmac.compare_digest(f"v1={mac}".encode(), given.encode())


class Inbox:
    """Every message once. Keep the ids in your database, with what you do about the message."""

    def __init__(
        self,
        secret: str,
        use: Callable[[dict[str, Any]], None],
        clock_s: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret
        self._use = use
        self._clock_s = clock_s
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """The status to answer with. Only what is done is answered by 2xx: after anything else the
        message comes again."""
        if not is_genuine(self._secret, headers, body, self._clock_s()):
            return 401
        with self._lock:
            if (delivery := headers["proctor-delivery"]) not in self._seen:
                self._use(json.loads(body))
                self._seen.add(delivery)
        return 204


def handler(inbox: Inbox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            told = self.headers.get("Content-Length", "")
            length = int(told) if re.fullmatch("[0-9]{1,9}", told) else -1
            if not 0 <= length <= MOST_BYTES:
                self.close_connection = True
                return self._answer(413 if length > 0 else 400)
            headers = {name.lower(): value for name, value in self.headers.items()}
            return self._answer(inbox.take(headers, self.rfile.read(length)))

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the messages themselves are printed."""

    return Handler


def show(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> None:
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 9000
    inbox = Inbox(os.environ["PROCTOR_WEBHOOK_SECRET"], show)
    ThreadingHTTPServer(("127.0.0.1", port), handler(inbox)).serve_forever()


if __name__ == "__main__":
    main()
