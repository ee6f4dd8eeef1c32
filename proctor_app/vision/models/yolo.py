"""YOLO, exported by Ultralytics to OpenVINO: served without Ultralytics and without PyTorch.

Ultralytics' code and the weights it trains are AGPL-3.0 and no part of this project: an operator
adds them with `make yolo`, which exports and registers a model.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from proctor_app.vision.errors import DetectorUnusable
from proctor_app.vision.frame import Pixels
from proctor_app.vision.models import openvino_net
from proctor_app.vision.models.objects import LABELS, MIN_SCORE, suppressed
from proctor_app.vision.observation import Box, DetectedObject

REGISTRY = Path("yolo") / "registry.json"
"""Below the models' folder."""
_GREY = 114
"""What Ultralytics pads with (its LetterBox), as in training."""


@dataclass(frozen=True, slots=True)
class Registered:
    """What the registry file says. path: the export's folder; imgsz: its input, pixels a side;
    sha256: of its network, the .bin file; weights_sha256: of the file it was exported from."""

    path: Path
    imgsz: int
    classes: int
    sha256: str
    weights_sha256: str


def registered(models_dir: Path) -> Registered | None:
    """Read the registry; None where there is none. Raises DetectorUnusable for a broken one."""
    file = models_dir / REGISTRY
    if not file.is_file():
        return None
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))
        return Registered(
            path=file.parent / str(entry["path"]),
            imgsz=int(entry["imgsz"]),
            classes=int(entry["classes"]),
            sha256=str(entry["sha256"]),
            weights_sha256=str(entry["weights_sha256"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DetectorUnusable(f"{file} cannot be read: run `make yolo` again") from error


def is_ready(models_dir: Path) -> bool:
    """Tell whether a model is registered."""
    return registered(models_dir) is not None


def load(models_dir: Path) -> "Yolo":
    """Load the registered model; raises DetectorUnusable, saying what to do."""
    entry = registered(models_dir)
    if entry is None:
        raise DetectorUnusable(
            f"no YOLO model is registered in {models_dir / REGISTRY}: run `make yolo`"
            " (WEIGHTS=file.pt for weights of your own)"
        )
    if not entry.path.is_dir() or network_digest(entry.path) != entry.sha256:
        raise DetectorUnusable(
            f"{entry.path} is not the model that was registered: run `make yolo` again"
        )
    return Yolo(entry.path)


def network_digest(folder: Path) -> str:
    """Give the SHA-256 of an export's weights; raises DetectorUnusable where there are none."""
    return hashlib.sha256(_only(folder, "*.bin").read_bytes()).hexdigest()


class Yolo:
    """An Ultralytics detection model (YOLOv8, YOLO11 and later) as OpenVINO, fp16, fp32 or int8.

    Takes the input's size from the network and the labels from metadata.yaml. One thread: 13 ms at
    320 pixels, 45 at 640 (YOLO11n). Source of the formats: Ultralytics' documentation of exports.
    """

    def __init__(self, folder: Path) -> None:
        """Load an export's folder; raises DetectorUnusable for anything else."""
        network = _only(folder, "*.xml")
        names = read_names(folder / "metadata.yaml")
        self._columns = [(index, name) for index, name in names.items() if name in LABELS]
        if not self._columns:
            raise DetectorUnusable(f"{folder} knows none of the things that are looked for")
        self._net = openvino_net.Net(network)
        if len(self._net.input_shape) != 4 or self._net.input_shape[:2] != (1, 3):
            raise DetectorUnusable(f"{folder} takes {self._net.input_shape}, not one RGB picture")
        self.name = f"{network.stem[:24]}@{network_digest(folder)[:8]} on {openvino_net.runtime()}"

    def find(
        self,
        rgb: Pixels,
        *,
        keep_shape: bool = False,  # noqa: ARG002 - kept in any case, as in training
    ) -> tuple[DetectedObject, ...]:
        """Find objects in a height x width x 3 RGB picture, best first; boxes in its pixels."""
        tensor, scale, left_px, top_px = self._letterboxed(rgb)
        (output, *_) = self._net.run(tensor)
        if output.ndim != 3:
            raise DetectorUnusable(f"the network gives {output.shape}, no list of boxes")
        found = self._rows(output[0]) if output.shape[2] == 6 else self._dense(output[0])
        height_px, width_px = rgb.shape[:2]
        objects = (
            DetectedObject(
                one.label,
                one.score,
                Box(
                    max(0.0, (one.box.x0_px - left_px) / scale),
                    max(0.0, (one.box.y0_px - top_px) / scale),
                    min(float(width_px), (one.box.x1_px - left_px) / scale),
                    min(float(height_px), (one.box.y1_px - top_px) / scale),
                ),
            )
            for one in found
        )
        return tuple(sorted(objects, key=lambda one: one.score, reverse=True))

    def close(self) -> None:
        self._net.close()

    def _letterboxed(self, rgb: Pixels) -> tuple[NDArray[np.float32], float, int, int]:
        """Shrink or enlarge into the middle of a grey input; give it as 1 x 3 x height x width,
        0 to 1, with its scale and the origin of the picture in it."""
        high_px, wide_px = self._net.input_shape[2:]
        scale = min(high_px / rgb.shape[0], wide_px / rgb.shape[1])
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        left_px, top_px = (wide_px - size[0]) // 2, (high_px - size[1]) // 2
        canvas = np.full((high_px, wide_px, 3), _GREY, np.uint8)
        canvas[top_px : top_px + size[1], left_px : left_px + size[0]] = cv2.resize(
            rgb, size, interpolation=cv2.INTER_LINEAR
        )
        tensor = canvas.transpose(2, 0, 1)[np.newaxis].astype(np.float32) / 255.0
        return np.ascontiguousarray(tensor), scale, left_px, top_px

    def _dense(self, output: NDArray[np.float32]) -> list[DetectedObject]:
        """Read (4 + classes) x places: cx, cy, w, h in input pixels, then a score per class."""
        objects = []
        for index, name in self._columns:
            scores = output[4 + index]
            places = np.flatnonzero(scores > MIN_SCORE)
            if places.size:
                boxes = output[:4, places].T.copy()
                boxes[:, :2] -= boxes[:, 2:] / 2
                objects.extend(suppressed(name, scores[places], boxes))
        return objects

    def _rows(self, output: NDArray[np.float32]) -> list[DetectedObject]:
        """Read rows of x0, y0, x1, y1, score, class, as models without suppression give them."""
        names = dict(self._columns)
        return [
            DetectedObject(names[int(index)], float(score), Box(*(float(edge) for edge in edges)))
            for *edges, score, index in output
            if score > MIN_SCORE and int(index) in names
        ]


def read_names(metadata: Path) -> Mapping[int, str]:
    """Read the classes' names out of Ultralytics' metadata.yaml: lines of "index: name" below
    "names:". Raises DetectorUnusable."""
    try:
        lines = metadata.read_text(encoding="utf-8").splitlines()
        start = lines.index("names:") + 1
    except (OSError, ValueError) as error:
        raise DetectorUnusable(f"{metadata} names no classes") from error
    names: dict[int, str] = {}
    for line in lines[start:]:
        index, colon, name = line.strip().partition(":")
        if not line.startswith(" ") or not colon or not index.isdigit():
            break
        names[int(index)] = name.strip().strip("'\"")
    return names


def _only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        raise DetectorUnusable(f"{folder} holds {len(found)} files {pattern}, not one")
    return found[0]
