"""A second opinion on a proposed phone, by a network that learnt from other pictures."""

import zipfile
from pathlib import Path

import cv2
import numpy as np

from proctor_app.vision.frame import Pixels
from proctor_app.vision.models.openvino_net import Net

_PHONE_LIKE = ("cellular telephone", "iPod", "hand-held computer")
"""ImageNet is of 2012: today's phones look like its music players and pocket computers."""
_LABELS = "labels_without_background.txt"
_STEPS = 256.0
"""The network gives its shares as whole numbers of this many steps."""


class PhoneOpinion:
    """EfficientNet-Lite0 (int8, ImageNet, 224x224), 3 ms. Not thread-safe.

    Source: model card "EfficientNet-Lite0", ILSVRC2012 class names.
    """

    def __init__(self, model: Path) -> None:
        self._net = Net(model)
        with zipfile.ZipFile(model) as archive:
            names = archive.read(_LABELS).decode().split("\n")
        self._columns = [names.index(name) for name in _PHONE_LIKE]
        self._size = (self._net.input_shape[2], self._net.input_shape[1])

    def likeness(self, rgb: Pixels) -> float:
        """Tell how much a height x width x 3 RGB crop looks like a phone, 0 to 1."""
        tensor = cv2.resize(rgb, self._size, interpolation=cv2.INTER_LINEAR)
        (shares,) = self._net.run(tensor[np.newaxis])
        return float(shares[0, self._columns].sum(dtype=np.float32)) / _STEPS

    def close(self) -> None:
        self._net.close()
