"""Who a face is: 128 numbers from dlib's ResNet, by way of the face_recognition package."""

import threading

from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Box

MODEL = "dlib_resnet_v1_small"
_LOCK = threading.Lock()
"""face_recognition keeps one set of networks for the whole process; they are not thread-safe."""


def describe(rgb: Pixels, face: Box) -> tuple[float, ...]:
    """Give the 128-d embedding of the face in a height x width x 3 RGB picture; about 0.2 s.

    The first call loads the networks (a second). The five-landmark model aligns the face: the
    68-landmark one derives from a data set for non-commercial use. Distances are Euclidean:
    about 0.35 for one person, 0.8 for two. Source: face_recognition's README, dlib's
    dnn_face_recognition_ex.
    """
    height_px, width_px = rgb.shape[:2]
    top_right_bottom_left = (
        max(0, round(face.y0_px)),
        min(width_px, round(face.x1_px)),
        min(height_px, round(face.y1_px)),
        max(0, round(face.x0_px)),
    )
    with _LOCK:
        import face_recognition  # loads all its networks when imported: only where needed

        (embedding,) = face_recognition.face_encodings(
            rgb, known_face_locations=[top_right_bottom_left], num_jitters=1, model="small"
        )
    return tuple(float(value) for value in embedding)
