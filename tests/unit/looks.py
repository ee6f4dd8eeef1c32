"""Observations of one face, as its landmarks would tell them."""

from proctor_app.vision.observation import (
    Box,
    Face,
    FaceMesh,
    FacePoint,
    Gaze,
    HeadPose,
    Observation,
    PictureQuality,
)

WIDTH_PX, HEIGHT_PX = 640, 480
MIDDLE = Box(240.0, 140.0, 400.0, 340.0)
AHEAD = Gaze(0.1, -0.2)


def look(
    *,
    yaw_deg: float = 0.0,
    pitch_deg: float = 0.0,
    gaze: Gaze | None = AHEAD,
    eyes_closed: float | None = 0.0,
    mouth: float = 0.0,
    smile: float = 0.0,
    box: Box = MIDDLE,
    score: float = 0.9,
    landmarks: bool = True,
    others: tuple[Face, ...] = (),
) -> Observation:
    """One frame with a face at ``box``, and others; landmarks: whether the face's were found."""
    mesh = FaceMesh(
        box=box,
        pose=HeadPose(yaw_deg, pitch_deg, 0.0),
        gaze=gaze,
        eyes_closed=eyes_closed,
        mouth_opening=mouth,
        smile=smile,
        points=((0.5, 0.5),) * len(FacePoint),
    )
    return _observation((Face(box, score), *others), mesh if landmarks else None)


def nobody() -> Observation:
    return _observation((), None)


def unseen() -> Observation:
    """A frame on which the face models did not run."""
    return _observation(None, None)


def _observation(faces: tuple[Face, ...] | None, mesh: FaceMesh | None) -> Observation:
    return Observation(
        taken_at_s=0.0,
        width_px=WIDTH_PX,
        height_px=HEIGHT_PX,
        quality=PictureQuality(120.0, 300.0, b"a", None),
        faces=faces,
        mesh=mesh,
    )
