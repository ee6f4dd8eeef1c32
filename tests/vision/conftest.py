"""Real models on real pictures: what `make setup` and the test set-up put in place."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.observation import Detector, Observation
from tests.vision.loaded import already

ROOT = Path(__file__).resolve().parents[2]
MEDIA = ROOT / "tests" / ".media"
SHARED_MEDIA = ROOT.parent / "shared" / "media"

Observe = Callable[..., Observation]


@pytest.fixture(scope="session")
def models_dir() -> Path:
    return ROOT / "models"


@pytest.fixture(scope="session")
def analyzer(models_dir: Path) -> Iterator[Analyzer]:
    loaded = Analyzer(models_dir)
    yield loaded
    loaded.close()


@pytest.fixture
def command_loaded(analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command `analyze` finds its models loaded; that it loads them itself is tested once."""
    monkeypatch.setattr("proctor_app.cli_analyze.Analyzer", already(analyzer))


@pytest.fixture(scope="session")
def observe(analyzer: Analyzer) -> Observe:
    """Look at a picture with the detectors named, all of them by default."""

    def look(bgr: Pixels, *detectors: Detector) -> Observation:
        return analyzer.observe(Frame(bgr, 0.0), frozenset(detectors or Detector))

    return look


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of pictures and clips that the test set-up fetches; never skipped."""
    assert MEDIA.is_dir(), "tests/.media is missing: run the tests with `make test`"
    return MEDIA


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """Labelled media kept outside the repository, for tests marked needs_shared."""
    if not SHARED_MEDIA.is_dir():
        pytest.skip("the labelled media beside the repository are not here")
    return SHARED_MEDIA


def _read(path: Path) -> Pixels:
    bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert bgr is not None, f"{path} cannot be read"
    return np.asarray(bgr, np.uint8)


@pytest.fixture(scope="session")
def group(media: Path) -> Pixels:
    """1000x667, five young people at the sea, one of them with sunglasses."""
    return _read(media / "multi_face.jpg")


@pytest.fixture(scope="session")
def astronaut(media: Path) -> Pixels:
    """512x512, one face, about 130 pixels wide, right of the upper middle."""
    return _read(media / "astronaut.png")


@pytest.fixture(scope="session")
def china(media: Path) -> Pixels:
    """640x427, a temple, sharp and bright, nobody in it."""
    return _read(media / "china.jpg")


@pytest.fixture(scope="session")
def two_astronauts(astronaut: Pixels) -> Pixels:
    return np.hstack([astronaut, astronaut])


@pytest.fixture(scope="session")
def first_frame(media: Path) -> Callable[[str], Pixels]:
    """Give the first picture of a clip."""

    def read_first(name: str) -> Pixels:
        capture = cv2.VideoCapture(str(media / name), cv2.CAP_FFMPEG)
        found, bgr = capture.read()
        capture.release()
        assert found, f"{name} cannot be read"
        return np.asarray(bgr, np.uint8)

    return read_first
