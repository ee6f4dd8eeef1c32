"""Who a face is: 128 numbers from dlib's ResNet, by way of the face_recognition package."""

import threading
import warnings
from importlib.util import find_spec
from types import ModuleType

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Box

MODEL = "dlib_resnet_v1_small"
_LOCK = threading.Lock()
"""face_recognition keeps one set of networks for the whole process; they are not thread-safe."""


def load() -> ModuleType:
    """Load the networks (about a second the first time); raises ImportError."""
    with _LOCK:
        if find_spec("face_recognition_models") is None:
            # Without them face_recognition would end the process.
            raise ImportError("face_recognition_models is not installed: run `make setup`")
        warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
        import face_recognition  # loads everything when imported: never at our own import

        module: ModuleType = face_recognition
        return module


def describe(rgb: Pixels, face: Box) -> tuple[float, ...]:
    """Give the 128-d embedding of the face in a height x width x 3 RGB picture; about 0.1 s, in
    which dlib lets no other Python code run.

    The five-landmark model aligns the face: the 68-landmark one derives from a data set for
    non-commercial use. Distances are Euclidean: about 0.35 for one person, 0.8 for two.
    Source: face_recognition's README, dlib's dnn_face_recognition_ex.
    """
    face_recognition = load()
    height_px, width_px = rgb.shape[:2]
    top_right_bottom_left = (
        max(0, round(face.y0_px)),
        min(width_px, round(face.x1_px)),
        min(height_px, round(face.y1_px)),
        max(0, round(face.x0_px)),
    )
    with _LOCK:
        (embedding,) = face_recognition.face_encodings(
            rgb, known_face_locations=[top_right_bottom_left], num_jitters=1, model="small"
        )
    return tuple(float(value) for value in embedding)
