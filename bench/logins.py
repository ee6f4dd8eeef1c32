"""Many people log in at once while others sit an exam: what that does to the age of frames.

The app's interfaces run in a process of their own with the real engine. Four candidates send two
frames a second over their WebSockets; then fifty people log in by password in the same moment.
Everything stays on the loopback, and the measurement ends after a minute at most.
"""

import argparse
import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import websockets
from fastapi import FastAPI

from bench.stats import percentile
from bench.streams import FPS, Stream, load
from proctor_app.api.app import build_api
from proctor_app.api.dependencies import ApiContext
from proctor_app.composition import build_services
from proctor_app.db.migrations import upgrade
from proctor_app.db.repositories.users import Users
from proctor_app.db.tables import User
from proctor_app.domain.access import Role
from proctor_app.services.passwords import hash_password
from proctor_app.settings import ROOT
from proctor_app.settings import load as load_settings

OUT = ROOT / "bench" / "out"
_CANDIDATES, _PEOPLE = 4, 50
_PASSWORD = "a long phrase to remember"  # noqa: S105 - of made-up accounts in a temporary folder
_SETTLE_S, _ALONE_S = 3.0, 12.0
_LIMIT_S, _LOG_INS_LIMIT_S = 60.0, 35.0
_START_LIMIT_S = 60.0


@dataclass(slots=True)
class Seat:
    """One candidate. ages: (when it was sent, seconds until its status came) of each frame that
    was looked at; replaced: frames that a newer one displaced."""

    stream: Stream
    ages: list[tuple[float, float]] = field(default_factory=list)
    replaced: int = 0
    sent_s: dict[int, float] = field(default_factory=dict)


def make_app() -> FastAPI:
    """The interfaces over services of their own; settings come from the environment."""
    services = build_services(load_settings())

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await services.monitoring.start()
        await services.engine.start()
        yield
        await services.monitoring.close()
        await services.engine.close()
        services.database.close()

    app = build_api(ApiContext(services, (), secure_cookies=False))
    app.router.lifespan_context = lifespan
    return app


def make_accounts(data_dir: Path, emails: Sequence[str]) -> None:
    """Accounts of one password, hashed once at its real cost."""
    services = build_services(load_settings({"DATA_DIR": str(data_dir)}))
    upgrade(services.database.engine)
    services.accounts.create(emails[0], _PASSWORD, Role.STUDENT)
    hashed = hash_password(_PASSWORD)
    with services.database.write() as session:
        users = Users(session)
        first = users.by_email(emails[0])
        assert first is not None
        for number, email in enumerate(emails[1:]):
            users.add(
                User(
                    id=f"bench-{number}",
                    email=email,
                    name=email.split("@")[0],
                    password_hash=hashed,
                    role=Role.STUDENT.value,
                    created_at=first.created_at,
                )
            )
    services.database.close()


@contextmanager
def server(data_dir: Path, **environ: str) -> Iterator[str]:
    """The app in one process on a free port of the loopback; its address. environ: settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--log-level", "warning", "bench.logins:make_app"]
    environ["DATA_DIR"] = str(data_dir)
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environ)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline_s = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < deadline_s:
        if process.poll() is not None:
            raise RuntimeError("the server did not start")
        try:
            if httpx.get(f"{url}/api/v1/health", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError("the server was not ready in time")


async def measure(url: str, emails: Sequence[str], streams: Sequence[Stream]) -> dict[str, object]:
    """Frames alone, then frames with log-ins; seconds."""
    seats = [Seat(streams[number % len(streams)]) for number in range(_CANDIDATES)]
    limits = httpx.Limits(max_connections=_PEOPLE + _CANDIDATES)
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=_LIMIT_S) as client:
        tasks = [
            asyncio.create_task(_sit(client, url, email, seat, number / _CANDIDATES / FPS))
            for number, (email, seat) in enumerate(zip(emails, seats, strict=False))
        ]
        try:
            await asyncio.sleep(_SETTLE_S)
            alone_s = time.monotonic()
            await asyncio.sleep(_ALONE_S)
            together_s = time.monotonic()
            people = emails[_CANDIDATES : _CANDIDATES + _PEOPLE]
            took = await _all_at_once(client, people)
            over_s = time.monotonic()
            await asyncio.sleep(2.0)  # the answers to the last frames
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
    failures = [one for one in ended if not isinstance(one, asyncio.CancelledError)]
    if failures:
        raise RuntimeError("a candidate's connection ended") from failures[0]
    return {
        "cores": os.cpu_count(),
        "people": _PEOPLE,
        "logged_in": len(took),
        "log_in_p50_s": round(percentile(took, 0.5), 3),
        "log_in_p99_s": round(percentile(took, 0.99), 3),
        "log_ins_took_s": round(over_s - together_s, 3),
        "candidates": _CANDIDATES,
        "frames_alone": _ages(seats, alone_s, together_s),
        "frames_with_log_ins": _ages(seats, together_s, over_s),
    }


async def _all_at_once(client: httpx.AsyncClient, emails: Sequence[str]) -> list[float]:
    """The seconds of each log-in that came to an end in the time there is."""
    tasks = [asyncio.create_task(_log_in(client, email)) for email in emails]
    done, late = await asyncio.wait(tasks, timeout=_LOG_INS_LIMIT_S)
    for task in late:
        task.cancel()
    return [task.result() for task in done]


async def _log_in(client: httpx.AsyncClient, email: str) -> float:
    began_s = time.monotonic()
    await tokens(client, email)
    return time.monotonic() - began_s


async def tokens(client: httpx.AsyncClient, email: str) -> dict[str, str]:
    form = {"email": email, "password": _PASSWORD}
    answer = await client.post("/api/v1/auth/login/password", data=form)
    answer.raise_for_status()
    found: dict[str, str] = answer.json()
    return found


async def _sit(client: httpx.AsyncClient, url: str, email: str, seat: Seat, phase_s: float) -> None:
    """Start an attempt and send its frames until cancelled."""
    who = await tokens(client, email)
    bearer = {"Authorization": f"Bearer {who['access_token']}"}
    answer = await client.post(f"/api/v1/exam/start/{who['id']}", headers=bearer)
    ticket = answer.raise_for_status().json()["wsConfig"]["token"]
    address = f"{url.replace('http', 'ws', 1)}/ws/{who['id']}?token={ticket}"
    async with websockets.connect(address, max_size=None) as connection:
        await asyncio.sleep(phase_s)
        async with asyncio.TaskGroup() as both:
            both.create_task(_send(connection, seat))
            both.create_task(_hear(connection, seat))


async def _send(connection: websockets.ClientConnection, seat: Seat) -> None:
    pictures = [base64.b64encode(frame.data).decode() for frame in seat.stream.frames]
    begin_s, number = time.monotonic(), 0
    while True:
        await asyncio.sleep(begin_s + number / FPS - time.monotonic())
        seat.sent_s[number] = time.monotonic()
        picture = pictures[number % len(pictures)]
        await connection.send(json.dumps({"type": "frame", "seq": number, "image": picture}))
        number += 1


async def _hear(connection: websockets.ClientConnection, seat: Seat) -> None:
    async for text in connection:
        message = json.loads(text)
        if message["type"] != "ack":
            continue
        sent_s = seat.sent_s.pop(message["seq"])
        if message["analysed"]:
            seat.ages.append((sent_s, time.monotonic() - sent_s))
        else:
            seat.replaced += 1


def _ages(seats: Sequence[Seat], from_s: float, to_s: float) -> dict[str, float | int]:
    ages = [age for seat in seats for sent_s, age in seat.ages if from_s <= sent_s < to_s]
    unanswered = sum(from_s <= sent_s < to_s for seat in seats for sent_s in seat.sent_s.values())
    return {
        "looked_at": len(ages),
        "unanswered": unanswered,
        "age_p50_s": round(percentile(ages, 0.5), 3),
        "age_p99_s": round(percentile(ages, 0.99), 3),
    }


def main() -> int:
    """Measure, print, write bench/out/logins.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.logins", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes (bench/out)")
    options = parser.parse_args()
    emails = [f"person{number}@example.test" for number in range(_CANDIDATES + _PEOPLE)]
    streams = load()
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        make_accounts(data_dir, emails)
        with server(data_dir) as url:
            bounded = asyncio.wait_for(measure(url, emails, streams), _LIMIT_S)
            found = asyncio.run(bounded)
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(found, indent=2)
    (options.out / "logins.json").write_text(text + "\n")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
