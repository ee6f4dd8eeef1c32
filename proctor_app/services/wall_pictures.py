"""The pictures of many tiles in one answer: small, only those that are new, so that they
can be asked for several times a second.

The answer's bytes: the length of its head (4 bytes, big-endian), the head as JSON, then the
pictures one after the other in the head's order. The head: {"now_ms": the server's clock,
"pictures": [{"id", "n": the picture's number, "age_ms", "bytes"}]}.
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

from proctor_app.clock import Clock
from proctor_app.db.repositories.wall import Wall as WallRows
from proctor_app.db.session import Database
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import Invalid, NotAllowed
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import watcher
from proctor_app.services.evidence import Picture
from proctor_app.services.live import LiveAttempt
from proctor_app.services.monitoring import Monitoring
from proctor_app.vision.frame import FrameRejected
from proctor_app.vision.thumbnail import thumbnail

log = logging.getLogger(__name__)
MOST = 100
_ID = 36


@dataclass(frozen=True, slots=True)
class _Small:
    """The thumbnail of one picture; data: empty where none could be made."""

    picture: Picture
    data: bytes


class WallPictures:
    """Used on the event loop; thumbnails are made beside it, each once for all who watch."""

    def __init__(self, database: Database, monitoring: Monitoring, clock: Clock) -> None:
        self._database = database
        self._monitoring = monitoring
        self._clock = clock
        self._small: WeakKeyDictionary[LiveAttempt, _Small] = WeakKeyDictionary()
        self._making = asyncio.Lock()

    async def newer(self, actor: Actor, ids: str, seen: str) -> bytes:
        """Pictures of these attempts other than those seen, see the module. ids: separated by
        commas; seen: as many numbers, 0 for none.

        Raises Invalid, and NotAllowed where an attempt is not the actor's to watch, or their own.
        """
        allow(actor, Action.WATCH)
        wanted = _parsed(ids, seen)
        allowed = await asyncio.to_thread(self._watched, list(wanted), actor)
        if allowed != wanted.keys():
            raise NotAllowed
        streams = {key: self._monitoring.live(key) for key in wanted}
        pictures = {
            key: live.picture
            for key, live in streams.items()
            if live and live.picture and number(live.picture) != wanted[key]
        }
        async with self._making:
            missing = {
                key: picture
                for key, picture in pictures.items()
                if (live := streams[key]) and self._known(live) is not picture
            }
            if missing:
                for key, made in (await asyncio.to_thread(_made, missing)).items():
                    if live := streams[key]:
                        self._small[live] = made
        small = {key: self._small[live] for key in pictures if (live := streams[key])}
        return _packed(small, self._clock())

    def _known(self, live: LiveAttempt) -> Picture | None:
        small = self._small.get(live)
        return small.picture if small else None

    def _watched(self, attempt_ids: list[str], actor: Actor) -> frozenset[str]:
        with self._database.read() as session:
            return WallRows(session).watched(attempt_ids, watcher(actor), actor.user_id)


def number(picture: Picture) -> int:
    """What tells a picture from the others of its stream, also after a restart."""
    return int(picture.taken_at.timestamp() * 1000)


def _parsed(ids: str, seen: str) -> dict[str, int]:
    keys, numbers = ids.split(","), seen.split(",")
    if len(keys) > MOST or len(numbers) != len(keys):
        raise Invalid("ids_invalid", f"Name at most {MOST} attempts, and a number for each.")
    if not all(0 < len(key) <= _ID for key in keys):
        raise Invalid("ids_invalid", "An id of an attempt has at most 36 characters.")
    if not all(n.isascii() and n.isdecimal() and len(n) <= 16 for n in numbers):
        raise Invalid("seen_invalid", "Give the number of the picture seen last, or 0.")
    return {key: int(n) for key, n in zip(keys, numbers, strict=True)}


def _made(pictures: Mapping[str, Picture]) -> dict[str, _Small]:
    found: dict[str, _Small] = {}
    for key, picture in pictures.items():
        try:
            found[key] = _Small(picture, thumbnail(picture.data))
        except FrameRejected as error:
            log.warning("wall.no_thumbnail attempt_id=%s code=%s", key, error.code)
            found[key] = _Small(picture, b"")
    return found


def _packed(pictures: Mapping[str, _Small], now: datetime) -> bytes:
    told = [
        {
            "id": key,
            "n": number(small.picture),
            "age_ms": max(0, round((now - small.picture.taken_at).total_seconds() * 1000)),
            "bytes": len(small.data),
        }
        for key, small in pictures.items()
    ]
    head = json.dumps({"now_ms": round(now.timestamp() * 1000), "pictures": told}).encode()
    return b"".join((len(head).to_bytes(4), head, *(small.data for small in pictures.values())))
