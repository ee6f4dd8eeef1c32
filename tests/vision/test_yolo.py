"""YOLO: exported and registered by an operator, served without its makers' packages."""

import json
import subprocess
import sys
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.detectors import require_detector
from proctor_app.vision.errors import DetectorUnusable, ModelsMissing
from proctor_app.vision.frame import Frame, Pixels
from proctor_app.vision.models import yolo
from proctor_app.vision.models.objects import PERSON, PHONE
from proctor_app.vision.observation import Detector
from tools.yolo import register

ROOT = Path(__file__).resolve().parents[2]
EXPORTS = ROOT.parent / "shared" / "weights"
KINDS = ("yolo11n_int8_openvino_model", "yolov8n_int8_openvino_model")
needs_ultralytics = pytest.mark.skipif(
    find_spec("ultralytics") is None or find_spec("torch") is None,
    reason="Ultralytics and PyTorch are not installed (`make yolo` adds them)",
)
ENTRY = {"path": "x", "imgsz": 320, "classes": 80, "sha256": "0", "weights_sha256": "0"}


@pytest.fixture
def export() -> Path:
    folder = EXPORTS / KINDS[0]
    if not folder.is_dir():
        pytest.skip("the real exports beside the repository are not here")
    return folder


def write_registry(models_dir: Path, text: str) -> None:
    (models_dir / "yolo").mkdir()
    (models_dir / yolo.REGISTRY).write_text(text)


def test_without_a_registered_model_auto_is_efficientdet_and_yolo_an_error(tmp_path: Path) -> None:
    assert not yolo.is_ready(tmp_path)
    require_detector(tmp_path, "auto")
    require_detector(tmp_path, "efficientdet")
    with pytest.raises(ModelsMissing, match="make yolo"):
        require_detector(tmp_path, "yolo")


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({**ENTRY, "imgsz": "large"})])
def test_a_broken_registry_says_so(tmp_path: Path, text: str) -> None:
    write_registry(tmp_path, text)
    with pytest.raises(DetectorUnusable, match=r"registry\.json cannot be read"):
        yolo.registered(tmp_path)


def test_a_model_that_is_gone_or_changed_is_refused(tmp_path: Path) -> None:
    write_registry(tmp_path, json.dumps(ENTRY))
    with pytest.raises(DetectorUnusable, match="not the model that was registered"):
        yolo.load(tmp_path)
    (tmp_path / "yolo" / "x").mkdir()
    (tmp_path / "yolo" / "x" / "net.bin").write_bytes(b"other")
    with pytest.raises(DetectorUnusable, match="not the model that was registered"):
        yolo.load(tmp_path)


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DetectorUnusable, match="0 files"):
        yolo.Yolo(tmp_path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("task: detect\nnames:\n  0: person\n  67: 'cell phone'\nargs: {}\n", {0, 67}),
        ('names:\n  0: "a: b"\n', {0}),
        ("names:\n", set()),
    ],
)
def test_the_classes_names_come_from_the_exports_own_description(
    tmp_path: Path, text: str, names: set[int]
) -> None:
    (tmp_path / "metadata.yaml").write_text(text)
    found = yolo.read_names(tmp_path / "metadata.yaml")
    assert set(found) == names
    assert found.get(67, "cell phone") == "cell phone"


def test_a_description_without_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "metadata.yaml").write_text("task: detect\n")
    with pytest.raises(DetectorUnusable, match="names no classes"):
        yolo.read_names(tmp_path / "metadata.yaml")


def registered_beside(models_dir: Path, export: Path, target: Path) -> Path:
    """A models folder as `make yolo` leaves it, with this export."""
    for model in models_dir.iterdir():
        if model.is_file():
            (target / model.name).symlink_to(model)
    folder = target / "yolo" / export.name
    folder.parent.mkdir()
    folder.symlink_to(export)
    register(folder, 640, "0" * 64, target)
    return target


@pytest.mark.needs_shared
@pytest.mark.parametrize("kind", KINDS)
def test_a_real_export_finds_a_phone_and_its_holder(shared_media: Path, kind: str) -> None:
    bgr = cv2.imread(str(shared_media / "images" / "phone" / "webcam_phone.jpg"))
    assert bgr is not None
    rgb = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
    with closing(yolo.Yolo(EXPORTS / kind)) as detector:
        best = {one.label: one for one in reversed(detector.find(rgb))}
    assert best[PERSON].score > 0.6
    phone = best[PHONE]
    assert phone.score > 0.3
    assert 800 < (phone.box.x0_px + phone.box.x1_px) / 2 < 1080  # labelled: 841 to 1038
    assert 200 < phone.box.y0_px < phone.box.y1_px <= 720


@pytest.mark.needs_shared
def test_auto_takes_the_registered_model_and_says_so(
    models_dir: Path, export: Path, tmp_path: Path, astronaut: Pixels
) -> None:
    models = registered_beside(models_dir, export, tmp_path)
    with closing(Analyzer(models, detector="auto")) as analyzer:
        assert analyzer.detector.startswith("yolo11n@")
        seen = analyzer.observe(Frame(astronaut, 0.0), frozenset({Detector.OBJECTS}))
    assert seen.objects is not None
    assert seen.objects[0].label == PERSON


@pytest.mark.needs_shared
def test_serving_yolo_loads_neither_pytorch_nor_ultralytics(
    models_dir: Path, export: Path, tmp_path: Path
) -> None:
    models = registered_beside(models_dir, export, tmp_path)
    program = (
        "import sys; from pathlib import Path; import numpy as np\n"
        "from proctor_app.vision import analyzer\n"
        f"things = analyzer.load_things(Path({str(models)!r}), 'yolo')\n"
        "things.find(np.zeros((480, 640, 3), np.uint8), tuple); things.close()\n"
        "print([name for name in ('torch', 'ultralytics') if name in sys.modules])\n"
    )
    assert run_python(program).stdout.splitlines()[-1] == "[]"


def test_no_module_that_serves_imports_pytorch() -> None:
    program = (
        "import importlib, pkgutil, sys\n"
        "import proctor_app.vision as root\n"
        "for module in pkgutil.walk_packages(root.__path__, 'proctor_app.vision.'):\n"
        "    importlib.import_module(module.name)\n"
        "import proctor_app.composition\n"
        "print([n for n in ('torch', 'ultralytics', 'openvino') if n in sys.modules])\n"
    )
    assert run_python(program).stdout.splitlines()[-1] == "[]"


def run_python(program: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=110
    )
    assert done.returncode == 0, done.stderr
    return done


@needs_ultralytics
def test_untrained_weights_are_exported_registered_and_served(
    tmp_path: Path, models_dir: Path, astronaut: Pixels
) -> None:
    weights = tmp_path / "own.pt"
    program = (
        "from ultralytics import YOLO\n"
        "model = YOLO('yolo11n.yaml')\n"
        "names = {i: str(i) for i in range(80)} | {0: 'person', 67: 'cell phone'}\n"
        f"model.model.names = names; model.save({str(weights)!r})\n"
        "from pathlib import Path; from tools.yolo import export\n"
        f"export(Path({str(weights)!r}), 320, Path({str(tmp_path / 'models')!r}))\n"
    )
    run_python(program)
    entry = yolo.registered(tmp_path / "models")
    assert entry is not None
    assert (entry.imgsz, entry.classes) == (320, 80)
    with closing(yolo.load(tmp_path / "models")) as detector:
        assert all(one.label in {PERSON, PHONE} for one in detector.find(astronaut))


def test_without_ultralytics_the_export_says_what_to_do(tmp_path: Path) -> None:
    if find_spec("ultralytics") is not None:
        pytest.skip("Ultralytics is installed here")
    (tmp_path / "own.pt").write_bytes(b"weights")
    done = subprocess.run(
        [sys.executable, "-m", "tools.yolo", "--weights", str(tmp_path / "own.pt")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "make yolo" in done.stderr
