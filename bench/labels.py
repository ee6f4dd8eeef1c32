"""The labels of a folder of media, as its manifest.json has them.

A folder is read leniently: what can't be used is told by file and left out, the rest is measured.
Values are kept as the JSON has them; bench.truth alone says what they mean.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["image", "video"]

_VIDEO_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".gif", ".mjpeg", ".m4v"})
_IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be measured; file is empty where it concerns the whole folder."""

    file: str
    what: str


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a clip with labels of its own, in media seconds."""

    from_s: float
    to_s: float
    labels: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Item:
    """One picture or clip. labels: what holds for all of it; spans override them by key."""

    file: str
    path: Path
    kind: Kind
    labels: Mapping[str, object]
    spans: tuple[Span, ...] = ()

    @property
    def source(self) -> str:
        """Where it comes from: the first word of its source (a repository, a set), or its
        folder's name."""
        source = self.labels.get("source")
        words = source.split() if isinstance(source, str) else []
        return words[0] if words else self.group

    @property
    def group(self) -> str:
        """The folder it lies in, as labelled sets are usually sorted."""
        return str(Path(self.file).parent)


@dataclass(frozen=True, slots=True)
class Manifest:
    items: tuple[Item, ...]
    problems: tuple[Problem, ...]


class FolderUnusable(ValueError):
    """No manifest, or one that is no list of items; the text says which, in one line."""


def load(folder: Path) -> Manifest:
    """Read folder/manifest.json; raises FolderUnusable where nothing can be made of it."""
    path = folder / "manifest.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FolderUnusable(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise FolderUnusable(f"{path}: not JSON ({error})") from error
    if not isinstance(raw, list):
        raise FolderUnusable(f"{path}: not a list of items")
    items: list[Item] = []
    problems: list[Problem] = []
    for number, entry in enumerate(raw, 1):
        item = _item(folder, entry, problems)
        if item is None:
            problems.append(Problem("", f"item {number} of the manifest names no picture or clip"))
        elif not item.path.is_file():
            problems.append(Problem(item.file, "the file is missing"))
        else:
            items.append(item)
    return Manifest(tuple(items), tuple(problems))


def _item(folder: Path, entry: object, problems: list[Problem]) -> Item | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str):
        return None
    file: str = entry["file"]
    kind = _kind(file, entry.get("kind"))
    if kind is None:
        return None
    labels = {key: value for key, value in entry.items() if key != "intervals"}
    spans = tuple(_spans(file, entry.get("intervals"), problems))
    return Item(file, folder / file, kind, labels, spans)


def _kind(file: str, said: object) -> Kind | None:
    """Believe the manifest; without its word, the file's name."""
    if said in ("video", "clip"):
        return "video"
    if said in ("image", "picture", "photo"):
        return "image"
    suffix = Path(file).suffix.lower()
    if suffix in _VIDEO_SUFFIXES:
        return "video"
    return "image" if suffix in _IMAGE_SUFFIXES else None


def _spans(file: str, raw: object, problems: list[Problem]) -> Iterable[Span]:
    if raw is None:
        return
    if not isinstance(raw, list):
        problems.append(Problem(file, "its intervals are no list"))
        return
    for entry in raw:
        times = (entry.get("from_s"), entry.get("to_s")) if isinstance(entry, dict) else (None,) * 2
        from_s, to_s = seconds(times[0]), seconds(times[1])
        if from_s is None or to_s is None or to_s <= from_s:
            problems.append(Problem(file, f"an interval without usable times: {entry!r:.80}"))
            continue
        labels = {key: value for key, value in entry.items() if key not in ("from_s", "to_s")}
        yield Span(from_s, to_s, labels)


def seconds(value: object) -> float | None:
    """Read a time; None for anything that is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and value >= 0 else None
