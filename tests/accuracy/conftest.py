"""A small folder of labels and media, made up for the tests."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.labels import Item, Span

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT / "tests" / ".media"
SHARED_MEDIA = ROOT.parent / "shared" / "media"

MakeItem = Callable[..., Item]
MakeFolder = Callable[..., Path]


@pytest.fixture
def item() -> MakeItem:
    """Make an item of labels; spans as (from_s, to_s, labels)."""

    def make(*spans: tuple[float, float, dict[str, object]], **labels: object) -> Item:
        file = str(labels.pop("file", "videos/clip.mp4"))
        parts = tuple(Span(from_s, to_s, said) for from_s, to_s, said in spans)
        return Item(file, Path(file), "video", labels, parts)

    return make


@pytest.fixture
def folder(tmp_path: Path) -> MakeFolder:
    """Write a manifest beside copies of the named test media."""

    def make(manifest: object, *names: str, pairs: str | None = None) -> Path:
        text = manifest if isinstance(manifest, str) else json.dumps(manifest)
        (tmp_path / "manifest.json").write_text(text)
        for name in names:
            shutil.copy(MEDIA / name, tmp_path / name)
        if pairs is not None:
            (tmp_path / "pairs.csv").write_text(pairs)
        return tmp_path

    return make
