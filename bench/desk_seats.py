"""Candidates who give a proctor something to look at: recorded clips of people who come and go, and
somebody who is there, away, and not alone in turn."""

import asyncio
import base64
import json
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
import httpx
import numpy as np
import websockets

from bench.logins import make_accounts, tokens
from tests.e2e.harness import MEDIA, Picture, scenes

CLIPS = ("face_noface.mov", "noface_face.mov", "single_face.mp4")
SCRIPT = (("face", 11), ("nobody", 8), ("face", 11), ("two people", 8))
"""Seconds of each still; long enough for rules to open where a frame is judged every three
seconds. Clips are sent at half their speed for the same reason."""
_EACH_S = 0.5
_NOISE = 5
_SIZE = (640, 480)


@contextmanager
def seated(url: str, data_dir: Path, count: int) -> Iterator[Counter[str]]:
    """So many candidates send a picture a second, each with another part of the script; what became
    of the pictures: "sent", "judged", "displaced" by a newer one, "refused"."""
    emails = [f"candidate{number}@example.test" for number in range(count)]
    make_accounts(data_dir, emails)
    told: Counter[str] = Counter()
    loop = asyncio.new_event_loop()
    task = loop.create_task(_sit_all(url, emails, told))
    thread = threading.Thread(target=lambda: loop.run_until_complete(_until_cancelled(task)))
    thread.start()
    try:
        yield told
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        loop.close()


async def _until_cancelled(task: "asyncio.Task[None]") -> None:
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()) is not None:
        raise error


async def _sit_all(url: str, emails: Sequence[str], told: "Counter[str]") -> None:
    reels = [*(_clip(MEDIA / name) for name in CLIPS), _stills()]
    async with httpx.AsyncClient(base_url=url, timeout=60) as client, asyncio.TaskGroup() as all_of:
        for number, email in enumerate(emails):
            who = await tokens(client, email)
            bearer = {"Authorization": f"Bearer {who['access_token']}"}
            begun = await client.post(f"/api/v1/exam/start/{who['id']}", headers=bearer)
            ticket = begun.raise_for_status().json()["wsConfig"]["token"]
            address = f"{url.replace('http', 'ws', 1)}/ws/{who['id']}?token={ticket}"
            reel = reels[number % len(reels)]
            first = number * len(reel) // len(emails)
            all_of.create_task(_sit(address, [*reel[first:], *reel[:first]], told))


async def _sit(address: str, reel: Sequence[str], told: "Counter[str]") -> None:
    """Send a picture when its second has come and the one before is answered, until cancelled."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with websockets.connect(address, max_size=None) as connection:
        number = 0
        while True:
            at_s = loop.time() - began_s
            image = reel[int(at_s) % len(reel)]
            await connection.send(json.dumps({"type": "frame", "seq": number, "image": image}))
            told["sent"] += 1
            told[await _answer(connection, number)] += 1
            number += 1
            await asyncio.sleep(max(0.0, at_s + 1.0 - (loop.time() - began_s)))


async def _answer(connection: websockets.ClientConnection, number: int) -> str:
    async for text in connection:
        message = json.loads(text)
        if message.get("seq") != number:
            continue
        if message["type"] == "ack":
            return "judged" if message["analysed"] else "displaced"
        if message["type"] == "error":
            return "refused"
    raise RuntimeError("a candidate's connection ended")


def _clip(path: Path) -> list[str]:
    """A recorded clip, two pictures of each of its seconds, to be sent a second apart."""
    film = cv2.VideoCapture(str(path))
    fps = film.get(cv2.CAP_PROP_FPS)
    reel: list[str] = []
    number = 0
    while True:
        is_there, picture = film.read()
        if not is_there:
            break
        if number >= len(reel) * _EACH_S * fps:
            reel.append(_encoded(np.asarray(cv2.resize(picture, _SIZE), np.uint8)))
        number += 1
    film.release()
    assert reel, path
    return reel


def _stills() -> list[str]:
    """Each scene of the script, with the noise that a sensor has."""
    rng = np.random.default_rng(7)
    reel: list[str] = []
    for name, lasts_s in SCRIPT:
        picture = scenes()[name].astype(np.int16)
        noisy = [
            np.clip(picture + rng.integers(-4, 5, picture.shape), 0, 255) for _ in range(_NOISE)
        ]
        told = [_encoded(one.astype(np.uint8)) for one in noisy]
        reel.extend(told[number % _NOISE] for number in range(lasts_s))
    return reel


def _encoded(picture: Picture) -> str:
    jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes()
    return base64.b64encode(jpeg).decode()
