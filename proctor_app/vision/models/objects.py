"""Objects on the desk and in the hand: one port, and EfficientDet behind it."""

import zipfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks.python import BaseOptions, vision
from numpy.typing import NDArray

from proctor_app.vision.frame import Pixels
from proctor_app.vision.models import openvino_net
from proctor_app.vision.observation import Box, DetectedObject

PHONE, PERSON = "cell phone", "person"
LABELS = (PERSON, PHONE, "book", "laptop", "tv", "keyboard", "mouse", "remote")
"""What is looked for, by COCO names: people, phones, and all that an exam may forbid."""
MIN_SCORE = 0.03
"""Low on purpose: a trace is reason to look again. What stays below 0.1 is not reported."""
_MAX_OBJECTS = 30
_SAME_OBJECT = 0.5
"""Two boxes of one label that overlap by more than this share of their union are one object."""
_INPUT_PX = 320


class ObjectDetector(Protocol):
    """Finds things by their COCO names in one picture; keeps nothing between two of them."""

    @property
    def name(self) -> str:
        """The model and what runs it, as an incident's record names them."""
        ...

    def find(self, rgb: Pixels, *, keep_shape: bool = False) -> tuple[DetectedObject, ...]:
        """Find objects in a height x width x 3 RGB picture, best first; boxes in its pixels.

        keep_shape: pad a picture that is not square rather than stretch it.
        """
        ...

    def close(self) -> None: ...


class _Runtime(Protocol):
    """EfficientDet on a 320x320 picture; boxes in its pixels."""

    name: str

    def run(self, rgb: Pixels) -> list[DetectedObject]: ...

    def close(self) -> None: ...


class EfficientDet:
    """EfficientDet-Lite0 (int8, COCO, 320x320), run by OpenVINO where that is installed (15 ms of
    one core), else by MediaPipe's Tasks (23 ms). The scores of the two differ by 0.04 on average.

    Pictures are shrunk by plain bilinear interpolation, as the model's training did: area
    averaging lost it a tenth of the phones. Source: model card "EfficientDet-Lite".
    """

    def __init__(self, model: Path, *, openvino: bool | None = None) -> None:
        """openvino: which runtime, None: the faster one that is there."""
        wanted = find_spec("openvino") is not None if openvino is None else openvino
        self._runtime: _Runtime = _OpenVino(model) if wanted else _Tasks(model)
        self.name = f"{model.stem} on {self._runtime.name}"

    def find(self, rgb: Pixels, *, keep_shape: bool = False) -> tuple[DetectedObject, ...]:
        height_px, width_px = rgb.shape[:2]
        long_px = max(height_px, width_px)
        # Pixels of the picture for each pixel of the input, across and down.
        across, down = (long_px, long_px) if keep_shape else (width_px, height_px)
        across, down = across / _INPUT_PX, down / _INPUT_PX
        size = (max(1, round(width_px / across)), max(1, round(height_px / down)))
        canvas = np.zeros((_INPUT_PX, _INPUT_PX, 3), np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR)
        found = (
            DetectedObject(
                one.label,
                one.score,
                Box(
                    max(0.0, one.box.x0_px * across),
                    max(0.0, one.box.y0_px * down),
                    min(float(width_px), one.box.x1_px * across),
                    min(float(height_px), one.box.y1_px * down),
                ),
            )
            for one in self._runtime.run(canvas)
        )
        return tuple(sorted(found, key=lambda one: one.score, reverse=True))

    def close(self) -> None:
        self._runtime.close()


class _Tasks:
    def __init__(self, model: Path) -> None:
        self.name = f"mediapipe {version('mediapipe')}"
        self._task = vision.ObjectDetector.create_from_options(
            vision.ObjectDetectorOptions(
                base_options=BaseOptions(model_asset_path=str(model)),
                score_threshold=MIN_SCORE,
                max_results=_MAX_OBJECTS,
                category_allowlist=list(LABELS),
            )
        )

    def run(self, rgb: Pixels) -> list[DetectedObject]:
        image = mp.Image(image_format=mp.ImageFormat.SRGB, data=rgb)
        objects = []
        for detection in self._task.detect(image).detections:
            box, best = detection.bounding_box, detection.categories[0]
            x0_px, y0_px = float(box.origin_x), float(box.origin_y)
            where = Box(x0_px, y0_px, x0_px + box.width, y0_px + box.height)
            objects.append(DetectedObject(str(best.category_name), float(best.score or 0.0), where))
        return objects

    def close(self) -> None:
        self._task.close()


class _OpenVino:
    """The same file; anchors and boxes as in the paper (Tan et al., EfficientDet, 2020), with the
    Lite models' anchor scale of 3."""

    def __init__(self, model: Path) -> None:
        self._net = openvino_net.Net(model)
        self.name = openvino_net.runtime()
        names = _labels(model)
        self._columns = [(label, names.index(label)) for label in LABELS]
        self._anchors = _anchors()

    def run(self, rgb: Pixels) -> list[DetectedObject]:
        first, second = self._net.run(rgb[np.newaxis])
        scores, offsets = (first, second) if first.shape[2] > 4 else (second, first)
        objects = []
        for label, column in self._columns:
            mine = scores[0, :, column]
            rows = np.flatnonzero(mine > MIN_SCORE)
            if rows.size:
                boxes = _decoded(offsets[0, rows], self._anchors[rows])
                objects.extend(suppressed(label, mine[rows], boxes))
        return objects

    def close(self) -> None:
        self._net.close()


def suppressed(
    label: str, scores: NDArray[np.float32], boxes: NDArray[np.float32]
) -> list[DetectedObject]:
    """Keep the best of the boxes that overlap. scores: n; boxes: n x 4, as x, y, width, height."""
    kept = cv2.dnn.NMSBoxes(boxes.tolist(), scores.tolist(), MIN_SCORE, _SAME_OBJECT)
    objects = []
    for i in np.asarray(kept, np.intp).reshape(-1)[:_MAX_OBJECTS]:
        x_px, y_px, width_px, height_px = (float(value) for value in boxes[i])
        box = Box(x_px, y_px, x_px + width_px, y_px + height_px)
        objects.append(DetectedObject(label, float(scores[i]), box))
    return objects


def _labels(model: Path) -> list[str]:
    """The list of labels travels in the model file, which is a zip archive as well."""
    with zipfile.ZipFile(model) as archive:
        return archive.read("labels.txt").decode().split("\n")


def _anchors() -> NDArray[np.float32]:
    """Give 19,206 x (centre y, centre x, height, width): levels 3 to 7, 3 scales x 3 shapes."""
    rows = []
    for stride in (8, 16, 32, 64, 128):
        centres = (np.arange(-(-_INPUT_PX // stride)) + 0.5) * stride
        shapes = [
            (
                3 * stride * 2 ** (octave / 3) / ratio**0.5,
                3 * stride * 2 ** (octave / 3) * ratio**0.5,
            )
            for octave in range(3)
            for ratio in (1.0, 2.0, 0.5)
        ]
        y, x = np.meshgrid(centres, centres, indexing="ij")
        places = np.stack([y, x], axis=-1).reshape(-1, 1, 2).repeat(len(shapes), axis=1)
        sizes = np.broadcast_to(np.array(shapes), (places.shape[0], len(shapes), 2))
        rows.append(np.concatenate([places, sizes], axis=2).reshape(-1, 4))
    return np.concatenate(rows).astype(np.float32)


def _decoded(offsets: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn n x (dy, dx, dh, dw) into n x (x, y, width, height)."""
    centres = offsets[:, :2] * anchors[:, 2:] + anchors[:, :2]
    sizes = np.exp(offsets[:, 2:]) * anchors[:, 2:]
    corners = centres - sizes / 2
    return np.concatenate([corners[:, ::-1], sizes[:, ::-1]], axis=1)
