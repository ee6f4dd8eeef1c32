"""Who a face is: 128 numbers from dlib's ResNet, for the picture of one face cut to its measure."""

from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MODEL = "dlib_resnet_v1_mesh_mirrored"
"""Names network and alignment: only embeddings of one name compare."""
CHIP_PX = 150
NUMBERS = 128

Embedding = tuple[float, ...]
_WEIGHTS = Path("models", "dlib_face_recognition_resnet_model_v1.dat")


class Embedder(Protocol):
    """Gives the embedding of a face, wherever that is worked out."""

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        """Describe the face in a 150 x 150 x 3 RGB picture; raises VisionFailed."""
        ...

    def close(self) -> None: ...


class FaceNetwork:
    """The network in this process. dlib lets no other Python code run while it works (150 to 350
    ms), so a server keeps it in a process of its own: see identity_process.

    A face is described by the mean of itself and its mirror image. That costs twice the time, and
    widens the gap between one person's pictures and two people's from 0.01 to 0.03.

    Source: dlib's dnn_face_recognition_ex; weights from the package face_recognition_models.
    """

    def __init__(self) -> None:
        """Load the network, about 0.3 s; raises ImportError."""
        path = weights()
        import dlib  # a large library: loaded when it is needed, never at our own import

        self._network = dlib.face_recognition_model_v1(str(path))

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        both = [np.ascontiguousarray(chip), np.ascontiguousarray(chip[:, ::-1])]
        mean = np.mean([self._network.compute_face_descriptor(one) for one in both], axis=0)
        return tuple(float(number) for number in mean)

    def close(self) -> None:
        """Nothing to let go that the interpreter does not."""


class LazyNetwork:
    """The network in this process, loaded with the first face: most recordings never need it."""

    def __init__(self) -> None:
        self._network: FaceNetwork | None = None

    def embed(self, chip: NDArray[np.uint8]) -> Embedding:
        if self._network is None:
            self._network = FaceNetwork()
        return self._network.embed(chip)

    def close(self) -> None:
        self._network = None


def weights() -> Path:
    """Where the network's weights lie; raises ImportError where they are not installed.

    The package is not imported: it would ask for parts of setuptools.
    """
    found = find_spec("face_recognition_models")
    folders = (found.submodule_search_locations if found else None) or []
    for folder in folders:
        if (path := Path(folder) / _WEIGHTS).is_file():
            return path
    raise ImportError("face_recognition_models is not installed: run `make setup`")
