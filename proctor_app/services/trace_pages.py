"""What the rules saw, second by second: five minutes are a page, and a page is a few hundred bytes.

Pure but for ``Recorder``, which is touched on the event loop alone. A page as it is stored: a byte
that names the form (1), then, compressed by zlib: 300 bytes of frames, one a second; the number of
rules in one byte; and for each rule the length of its name in one byte, its name, and 300 bytes of
scores. 255 is unknown; scores are kept as 0 to 254.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from proctor_app.domain.incident import EventType
from proctor_app.services.scores import SLOT_S
from proctor_app.vision.signals import Samples

UNKNOWN = 255
_MOST = 254
_FORM = 1
_ONE = np.uint8(1)
_MAX_BYTES = SLOT_S + 1 + 255 * (1 + 255 + SLOT_S)
_MOST_PAGES = 24
"""Two hours: what is remembered while nothing can be written."""


class PageDamaged(ValueError):
    """These bytes are no page."""


@dataclass(eq=False, slots=True)
class Page:
    """frames: how many were looked at in each second. scores: each rule's highest by its name, for
    a stored page may tell of rules that are no more."""

    frames: bytearray = field(default_factory=lambda: _unknown())
    scores: dict[str, bytearray] = field(default_factory=dict)

    def see(self, second: int, samples: Samples) -> None:
        """One frame was looked at in this second of the page."""
        before = self.frames[second]
        self.frames[second] = 1 if before == UNKNOWN else min(_MOST, before + 1)
        for kind, sample in samples.items():
            if sample.score is not None:
                self.raise_to(second, kind, sample.score)

    def raise_to(self, second: int, kind: EventType, score: float) -> None:
        """The rule's score was at least this in the second."""
        row = self.scores.get(kind)
        if row is None:
            row = self.scores[kind.value] = _unknown()
        value = min(max(int(score * _MOST + 0.5), 0), _MOST)
        if row[second] == UNKNOWN or row[second] < value:
            row[second] = value

    def await_frame(self, second: int) -> None:
        """A frame was expected in this second, whether or not one came."""
        if self.frames[second] == UNKNOWN:
            self.frames[second] = 0

    def merge(self, other: "Page") -> None:
        """Take what the other knows as well, the higher of both; a second time changes nothing."""
        self.frames = _higher(self.frames, other.frames)
        for name, row in other.scores.items():
            own = self.scores.get(name)
            self.scores[name] = _higher(own, row) if own is not None else bytearray(row)

    def copy(self) -> "Page":
        scores = {name: bytearray(row) for name, row in self.scores.items()}
        return Page(bytearray(self.frames), scores)


def encode(page: Page) -> bytes:
    """As it is stored."""
    parts = [bytes(page.frames), bytes([len(page.scores)])]
    for name, row in page.scores.items():
        called = name.encode("ascii")
        parts += [bytes([len(called)]), called, bytes(row)]
    return bytes([_FORM]) + zlib.compress(b"".join(parts))


def decode(data: bytes) -> Page:
    """Raises PageDamaged."""
    if not data or data[0] != _FORM:
        raise PageDamaged("unknown form")
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(data[1:], _MAX_BYTES)
    except zlib.error as error:
        raise PageDamaged("not compressed") from error
    if len(plain) <= SLOT_S or not unpacking.eof:
        raise PageDamaged("wrong length")
    page, at = Page(bytearray(plain[:SLOT_S])), SLOT_S + 1
    try:
        for _ in range(plain[SLOT_S]):
            begin = at + 1 + plain[at]
            name = plain[at + 1 : begin].decode("ascii")
            row = plain[begin : begin + SLOT_S]
            if len(row) != SLOT_S:
                raise PageDamaged("wrong length")
            page.scores[name], at = bytearray(row), begin + SLOT_S
    except (IndexError, UnicodeDecodeError) as error:
        raise PageDamaged("wrong length") from error
    return page


def score_of(value: int) -> float | None:
    """A stored byte as a score from 0 to 1."""
    return None if value == UNKNOWN else value / _MOST


def frames_of(value: int) -> int | None:
    """A stored byte as a number of frames."""
    return None if value == UNKNOWN else value


def numbers(page: Page) -> Mapping[str, object]:
    """The page in numbers anybody can read, second by second."""
    return {
        "seconds": SLOT_S,
        "frames": [frames_of(value) for value in page.frames],
        "scores": {
            name: [None if value == UNKNOWN else round(value / _MOST, 3) for value in row]
            for name, row in page.scores.items()
        },
    }


@dataclass(frozen=True, slots=True)
class Written:
    """A page as it was when its writing began. revision: of the recorder's page."""

    slot: int
    page: Page
    revision: int


@dataclass(eq=False, slots=True)
class Recorder:
    """The pages of a stream that are not written yet, and the one that is being filled."""

    pages: dict[int, Page] = field(default_factory=dict)
    _revisions: dict[int, int] = field(default_factory=dict)

    @property
    def is_written(self) -> bool:
        return not any(self._revisions.values())

    def see(self, now_s: float, samples: Samples) -> None:
        """One frame was looked at."""
        slot, second = divmod(int(now_s), SLOT_S)
        self._page(slot).see(second, samples)

    def wait(self, now_s: float, *, is_silent: bool) -> None:
        """Time passes while frames are expected. is_silent: none came for so long that it counts
        as a gap."""
        slot, second = divmod(int(now_s), SLOT_S)
        page = self._page(slot)
        page.await_frame(second)
        if is_silent:
            page.raise_to(second, EventType.MONITORING_GAP, 1.0)

    def changed(self) -> list[Written]:
        """Copies of what is to be written."""
        return [
            Written(slot, page.copy(), self._revisions[slot])
            for slot, page in self.pages.items()
            if self._revisions[slot]
        ]

    def saved(self, written: list[Written]) -> None:
        """These are in the database; a page that is full is not needed here any more."""
        newest = max(self.pages, default=0)
        for one in written:
            if self._revisions.get(one.slot) == one.revision:
                self._revisions[one.slot] = 0
        for slot in [slot for slot in self.pages if slot < newest and not self._revisions[slot]]:
            self._forget(slot)

    def _page(self, slot: int) -> Page:
        page = self.pages.get(slot)
        if page is None:
            page = self.pages[slot] = Page()
            self._revisions[slot] = 0
            if len(self.pages) > _MOST_PAGES:
                self._forget(min(self.pages))
        self._revisions[slot] += 1
        return page

    def _forget(self, slot: int) -> None:
        del self.pages[slot], self._revisions[slot]


def _unknown() -> bytearray:
    return bytearray(b"\xff" * SLOT_S)


def _higher(one: bytearray, other: bytearray) -> bytearray:
    """Value by value; counted up by one, unknown (255) becomes the least of all (0)."""
    raised = np.maximum(np.frombuffer(one, np.uint8) + _ONE, np.frombuffer(other, np.uint8) + _ONE)
    return bytearray((raised - _ONE).tobytes())
