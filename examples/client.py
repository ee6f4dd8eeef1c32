"""Streams a clip as one candidate's camera, prints what is noted as it comes, then the summary.

    python examples/client.py --url http://localhost:8080 --email ada@example.org clip.mp4

Needs httpx, websockets and opencv-python. Ctrl-C ends the session early, as the clip's end does.
"""

import argparse
import getpass
import json
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2
import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Document = dict[str, Any]
LONGEST_PX = 1280
ANSWER_WITHIN_S = 10.0


class Session:
    """A log-in, and the candidate's monitored session."""

    def __init__(self, url: str, email: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        token = self._ask("/auth/login/password", data={"email": email, "password": password})
        self._http.headers["Authorization"] = f"Bearer {token['access_token']}"
        self._id = str(token["id"])

    def start(self, exam_code: str) -> str:
        """Begin, or go on with what is open; the address to stream to, good once for 30 s."""
        start = self._ask(f"/exam/start/{self._id}", json={"exam_code": exam_code or None})
        print(f"{start['message']} {start['duration']} minutes at most.", flush=True)
        return f"{start['wsUrl']}?token={start['wsConfig']['token']}"

    def stop(self) -> None:
        """End the session; one that a proctor or the clock has ended is left as it is."""
        with suppress(httpx.HTTPStatusError):
            self._ask(f"/exam/stop/{self._id}")

    def summary(self) -> Document:
        return self._ask(f"/exam/summary/{self._id}", "GET")

    def _ask(self, path: str, method: str = "POST", **body: Any) -> Document:
        answer = self._http.request(method, f"/api/v1{path}", **body)
        if answer.is_error:
            print(f"{path}: {answer.status_code} {answer.text}", file=sys.stderr)
        answer.raise_for_status()
        found: Document = answer.json()
        return found


def frames(clip: Path, rate_fps: float) -> Iterator[tuple[float, bytes]]:
    """Pictures of the clip as JPEG, each with the second of the clip it belongs to."""
    video = cv2.VideoCapture(str(clip))
    if not video.isOpened():
        raise SystemExit(f"{clip} is no video that can be read.")
    clip_fps, due_s, number = video.get(cv2.CAP_PROP_FPS) or 25.0, 0.0, 0
    while video.grab():
        at_s, number = number / clip_fps, number + 1
        if at_s < due_s:
            continue
        due_s += 1 / rate_fps
        is_there, picture = video.retrieve()
        if not is_there:
            return
        scale = min(1.0, LONGEST_PX / max(picture.shape[:2]))
        if scale < 1:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        yield at_s, cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def tell(message: Document) -> None:
    """Print what concerns a person; acknowledgements and status do not."""
    if message["type"] == "logs":
        for log in message["data"]:
            print(f"{log['time']}  {log['event']} ({log['severity']}): {log['phase']}", flush=True)
    elif message["type"] == "control":
        print(f"The proctor: {message['action']} {message.get('text', '')}", flush=True)
    elif message["type"] == "error":
        print(f"{message['code']}: {message['detail']}", file=sys.stderr, flush=True)


def listen(socket: ClientConnection, until_s: float, *kinds: str) -> None:
    """Tell what comes until this moment, or until a message of one of these types."""
    while True:
        try:
            message = json.loads(socket.recv(max(0.0, until_s - time.monotonic())))
        except TimeoutError:
            return
        tell(message)
        if message["type"] in kinds:
            return


def stream(address: str, clip: Path, rate_fps: float) -> None:
    """Send the clip at its own speed; a frame that comes too late is left out."""
    with connect(address, proxy=None) as socket:
        began_s = time.monotonic()
        for at_s, jpeg in frames(clip, rate_fps):
            listen(socket, began_s + at_s)
            if time.monotonic() - began_s - at_s < 1 / rate_fps:
                socket.send(jpeg)
                listen(socket, time.monotonic() + ANSWER_WITHIN_S, "ack", "error")


def main() -> int:
    parser = argparse.ArgumentParser(description="Stream a clip to Proctor as one candidate.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("--url", default="http://localhost:8080")
    parser.add_argument("--email", required=True)
    parser.add_argument("--password", help="asked for where it is not given")
    parser.add_argument("--exam-code", default="", help="of an exam; without it a free session")
    parser.add_argument("--rate", type=float, default=2.0, help="frames a second")
    chosen = parser.parse_args()
    password = chosen.password or getpass.getpass()
    try:
        session = Session(chosen.url, chosen.email, password)
        address = session.start(chosen.exam_code)
        try:
            stream(address, chosen.clip, chosen.rate)
        except ConnectionClosed as closed:
            print(f"The server ended the stream: {closed}", file=sys.stderr)
        except KeyboardInterrupt:
            print("Stopping.", flush=True)
        finally:
            session.stop()
        print(json.dumps(session.summary(), indent=2))
    except httpx.HTTPError as error:
        print(f"{chosen.url}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
