"""Objects on the desk and in the hand: one port, and EfficientDet behind it."""

import zipfile
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np
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
_EACH = 9
"""Anchors in each cell: 3 scales x 3 shapes."""


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


class EfficientDet:
    """EfficientDet-Lite0 (int8, COCO, 320x320) on OpenVINO: 13 ms of one core, against 22 in
    MediaPipe's tasks.

    Pictures are shrunk by plain bilinear interpolation, as the model's training did: area
    averaging lost it a tenth of the phones. Sources: model card "EfficientDet-Lite"; anchors and
    boxes as in the paper (Tan et al., EfficientDet, 2020), with the Lite models' anchor scale of 3.
    """

    def __init__(self, model: Path) -> None:
        names = _labels(model)
        columns = [names.index(label) for label in LABELS]
        self._net = openvino_net.Net(model, change=partial(_keep_classes, columns=columns))
        self.name = f"{model.stem} on {openvino_net.runtime()}"
        self._anchors = _anchors()

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
            for one in self._run(canvas)
        )
        return tuple(sorted(found, key=lambda one: one.score, reverse=True))

    def close(self) -> None:
        self._net.close()

    def _run(self, rgb: Pixels) -> list[DetectedObject]:
        first, second = self._net.run(rgb[np.newaxis])
        scores, offsets = (first, second) if first.shape[2] > 4 else (second, first)
        rows, columns = np.nonzero(scores[0] > MIN_SCORE)
        objects = []
        for column in np.unique(columns):
            mine = rows[columns == column]
            boxes = _decoded(offsets[0, mine], self._anchors[mine])
            objects.extend(suppressed(LABELS[column], scores[0, mine, column], boxes))
        return objects


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


def _keep_classes(network: Any, columns: list[int]) -> None:
    """Cut the classes that nobody asks for out of the last layer: a tenth of the work, and the
    rest comes out the same to the bit."""
    from openvino import opset13 as layers

    def swap(place: Any, values: NDArray[Any]) -> None:
        place.replace_source_output(layers.constant(values).output(0))

    (scores,) = (one for one in network.get_results() if one.get_output_partial_shape(0)[2] != 4)
    classes = scores.get_output_partial_shape(0)[2].get_length()
    wanted = [anchor * classes + column for anchor in range(_EACH) for column in columns]
    joined = scores.input_value(0).get_node()
    while joined.get_type_name() != "Concat":
        joined = joined.input_value(0).get_node()
    for level in joined.inputs():
        shaped = _up(level.get_source_output().get_node())
        biased = _up(_up(_up(shaped)))
        weights = _up(biased).input_value(1).get_node()
        swap(shaped.input(1), np.array([1, -1, len(columns)]))
        # The levels share their weights: what was cut with the first is cut already.
        for axis, place in (
            (1, biased.input(1)),
            (0, weights.input(1)),
            (0, _up(weights).input(0)),
        ):
            values = place.get_source_output().get_node().data
            if values.shape[axis] == _EACH * classes:
                swap(place, np.take(values, wanted, axis=axis))
    network.validate_nodes_and_infer_types()


def _up(node: Any) -> Any:
    """What a layer of a network gets its first input from."""
    return node.input_value(0).get_node()


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
