"""What landmarks tell of a face, on real pictures: pose, gaze, eyes and mouth."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import pytest

from proctor_app.domain.incident import EventType, Transition
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Detector, FaceMesh, FacePoint, Observation
from proctor_app.vision.recording import Recording
from proctor_app.vision.rules import DEFAULT_RULES
from proctor_app.vision.tracker import TrackerState, finish
from proctor_app.vision.tracker import observe as follow

Observe = Callable[..., Observation]
FACES = frozenset({Detector.FACES})


@pytest.fixture(scope="module")
def mesh_of(observe: Observe) -> Callable[[Pixels], FaceMesh]:
    def read(bgr: Pixels) -> FaceMesh:
        mesh = observe(np.ascontiguousarray(bgr), Detector.FACES).mesh
        assert mesh is not None
        return mesh

    return read


MeshOf = Callable[[Pixels], FaceMesh]


def on_a_wall(bgr: Pixels, left_px: int, top_px: int, size_px: int = 300) -> Pixels:
    """Put the picture somewhere into a 640x480 one."""
    wall = np.full((480, 640, 3), 128, np.uint8)
    small = cv2.resize(bgr, (size_px, size_px), interpolation=cv2.INTER_AREA)
    wall[top_px : top_px + size_px, left_px : left_px + size_px] = small
    return wall


def test_a_face_to_the_camera_is_read_as_one(mesh_of: MeshOf, astronaut: Pixels) -> None:
    mesh = mesh_of(astronaut)
    assert abs(mesh.pose.yaw_deg) < 10
    assert abs(mesh.pose.pitch_deg) < 15
    assert abs(mesh.pose.roll_deg) < 10
    assert mesh.eyes_closed == 0.0
    assert mesh.gaze is not None
    assert abs(mesh.gaze.x) < 0.35
    assert mesh.smile > 0.6  # she smiles, and shows her teeth
    assert 0.02 < mesh.mouth_opening < 0.12
    assert mesh.box.x0_px < 225 < mesh.box.x1_px


def test_the_points_lie_where_they_are_named(mesh_of: MeshOf, astronaut: Pixels) -> None:
    mesh = mesh_of(astronaut)
    assert len(mesh.points) == len(FacePoint)
    at = {point: mesh.points[point] for point in FacePoint}
    from_left_to_right_edge = (
        FacePoint.RIGHT_EAR,
        FacePoint.RIGHT_EYE_OUTER,
        FacePoint.RIGHT_EYE_INNER,
        FacePoint.NOSE_BRIDGE,
        FacePoint.LEFT_EYE_INNER,
        FacePoint.LEFT_EYE_OUTER,
        FacePoint.LEFT_EAR,
    )
    xs = [at[point][0] for point in from_left_to_right_edge]
    assert xs == sorted(xs)
    down = (FacePoint.FOREHEAD, FacePoint.NOSE_BRIDGE, FacePoint.NOSE_TIP, FacePoint.CHIN)
    ys = [at[point][1] for point in down]
    assert ys == sorted(ys)
    assert at[FacePoint.MOUTH_RIGHT][0] < at[FacePoint.MOUTH_LEFT][0]
    nose_px = at[FacePoint.NOSE_TIP][0] * 512, at[FacePoint.NOSE_TIP][1] * 512
    assert nose_px == pytest.approx((225, 120), abs=15)


def test_a_mirrored_picture_turns_and_looks_the_other_way(
    mesh_of: MeshOf, first_frame: Callable[[str], Pixels]
) -> None:
    turned = first_frame("WolfgangLanger_Pexels.mp4")  # about 10 degrees to her right
    one, other = mesh_of(turned), mesh_of(turned[:, ::-1])
    assert one.pose.yaw_deg < -5
    assert one.pose.yaw_deg == pytest.approx(-other.pose.yaw_deg, abs=3)
    assert one.pose.roll_deg == pytest.approx(-other.pose.roll_deg, abs=3)
    assert one.pose.pitch_deg == pytest.approx(other.pose.pitch_deg, abs=3)
    assert one.gaze is not None
    assert other.gaze is not None
    assert one.gaze.x == pytest.approx(-other.gaze.x, abs=0.2)
    assert one.gaze.y == pytest.approx(other.gaze.y, abs=0.2)


@pytest.mark.parametrize("tilt_deg", [-20, 20])
def test_a_tilted_picture_is_a_rolled_head(
    mesh_of: MeshOf, astronaut: Pixels, tilt_deg: int
) -> None:
    """Turned clockwise, the head leans to the picture's right: its own left shoulder."""
    turn = cv2.getRotationMatrix2D((225, 120), -tilt_deg, 1.0)
    tilted = np.asarray(cv2.warpAffine(astronaut, turn, (512, 512)), np.uint8)
    rolled, upright = mesh_of(tilted).pose, mesh_of(astronaut).pose
    assert rolled.roll_deg - upright.roll_deg == pytest.approx(tilt_deg, abs=3)
    assert rolled.yaw_deg == pytest.approx(upright.yaw_deg, abs=5)


@pytest.mark.parametrize(
    ("left_px", "top_px", "size_px"),
    [(0, 0, 300), (340, 180, 300), (340, 0, 300), (190, 100, 270), (80, 0, 480)],
    ids=["upper left", "lower right", "upper right", "far", "near"],
)
def test_the_pose_does_not_depend_on_where_the_face_is(
    mesh_of: MeshOf, astronaut: Pixels, left_px: int, top_px: int, size_px: int
) -> None:
    here, there = mesh_of(astronaut), mesh_of(on_a_wall(astronaut, left_px, top_px, size_px))
    assert there.pose.yaw_deg == pytest.approx(here.pose.yaw_deg, abs=4)
    assert there.pose.pitch_deg == pytest.approx(here.pose.pitch_deg, abs=5)
    assert there.eyes_closed == 0.0
    assert there.mouth_opening == pytest.approx(here.mouth_opening, abs=0.02)
    assert there.points[FacePoint.NOSE_TIP][0] == pytest.approx(
        (left_px + 225 / 512 * size_px) / 640, abs=0.02
    )


def test_eyes_of_a_few_pixels_are_not_judged(mesh_of: MeshOf, astronaut: Pixels) -> None:
    mesh = mesh_of(on_a_wall(astronaut, 200, 120, 220))
    assert (mesh.eyes_closed, mesh.gaze) == (None, None)
    assert abs(mesh.pose.yaw_deg) < 5


def test_in_a_picture_that_is_shrunk_for_the_models_box_and_points_stay_right(
    mesh_of: MeshOf, astronaut: Pixels
) -> None:
    large = np.asarray(cv2.resize(astronaut, (2048, 2048)), np.uint8)
    here, there = mesh_of(astronaut), mesh_of(large)
    assert there.box.x0_px == pytest.approx(here.box.x0_px * 4, abs=40)
    assert there.points[FacePoint.CHIN] == pytest.approx(here.points[FacePoint.CHIN], abs=0.01)


def test_without_a_face_or_its_models_there_are_no_landmarks(
    observe: Observe, china: Pixels, astronaut: Pixels
) -> None:
    assert observe(china, Detector.FACES).mesh is None
    assert observe(astronaut, Detector.OBJECTS).mesh is None


def test_of_two_faces_the_larger_is_read(mesh_of: MeshOf, astronaut: Pixels) -> None:
    wall = on_a_wall(astronaut, 0, 0, 240)
    wall[80:480, 240:640] = cv2.resize(astronaut, (400, 400))
    assert mesh_of(wall).box.x0_px > 240


@dataclass(frozen=True, slots=True)
class Session:
    """A clip watched as the service would: at 4 frames a second, against its own first seconds."""

    meshes: dict[float, FaceMesh | None]
    incidents: list[tuple[EventType, str, float, float]]

    def between(self, from_s: float, to_s: float) -> list[FaceMesh]:
        meshes = [mesh for at_s, mesh in self.meshes.items() if from_s <= at_s <= to_s]
        found = [mesh for mesh in meshes if mesh is not None]
        assert found, f"no landmarks between {from_s} and {to_s} s"
        return found


LANDMARK_RULES = tuple(
    rule
    for rule in DEFAULT_RULES
    if rule.event_type
    in (
        EventType.HEAD_TURNED,
        EventType.GAZE_OFF_SCREEN,
        EventType.EYES_CLOSED,
        EventType.MOUTH_MOVEMENT,
        EventType.FACE_POSITION,
    )
)


def watch(path: Path, analyzer: Analyzer) -> Session:
    state, found = TrackerState(-1.0, LANDMARK_RULES), list[Transition]()
    meshes: dict[float, FaceMesh | None] = {}
    with Recording(path) as recording:
        for frame in recording.frames(4.0):
            observation = analyzer.observe(frame, FACES)
            meshes[frame.taken_at_s] = observation.mesh
            state, transitions, _ = follow(state, observation, frame.taken_at_s)
            found.extend(transitions)
        found.extend(finish(state, recording.duration_s)[1])
    closed = [one for one in found if one.end_s is not None]
    return Session(
        meshes, [(one.event_type, one.detail, one.start_s, one.end_s or 0.0) for one in closed]
    )


def test_a_clip_of_somebody_who_begins_to_smile(analyzer: Analyzer, media: Path) -> None:
    session = watch(media / "single_face.mp4", analyzer)
    before, after = session.between(0.0, 0.4), session.between(1.0, 2.4)
    assert all(mesh.smile < 0.3 for mesh in before)
    assert all(mesh.smile > 0.7 for mesh in after)
    assert all(mesh.eyes_closed == 0.0 for mesh in [*before, *after])
    assert all(abs(mesh.pose.yaw_deg) < 5 for mesh in [*before, *after])
    assert session.incidents == []


def test_a_clip_of_somebody_who_closes_the_eyes(analyzer: Analyzer, media: Path) -> None:
    session = watch(media / "WolfgangLanger_Pexels.mp4", analyzer)
    assert median(mesh.eyes_closed or 0.0 for mesh in session.between(1.0, 5.4)) > 0.9
    assert all(mesh.gaze is None for mesh in session.between(1.0, 5.4))
    assert all(mesh.eyes_closed == 0.0 for mesh in session.between(6.2, 11.5))
    kind, _, start_s, end_s = session.incidents[0]
    assert kind is EventType.EYES_CLOSED
    assert start_s == pytest.approx(0.7, abs=0.5)
    assert end_s == pytest.approx(5.8, abs=0.7)


@pytest.mark.needs_shared
@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        ("incluit_look_left.mp4", [(EventType.HEAD_TURNED, "right", 0.8, 3.8)]),
        ("lp_eyes_closed_gaze_off.mp4", []),  # each of its intervals is shorter than the hold
        ("vard_gaze_left.mp4", [(EventType.GAZE_OFF_SCREEN, "right", 5.7, 10.3)]),
        ("vard_gaze_center.mp4", []),
        ("lp_mouth_wide_open.mp4", []),
        ("lp_glasses_smile.mp4", []),
        ("phone_woman_frontal_holds_phone.mp4", []),
        ("asl_yes.mkv", []),
        ("tfjs_single_hand.mp4", []),
    ],
)
def test_a_labelled_clip_causes_the_incidents_it_shows(
    shared_media: Path,
    analyzer: Analyzer,
    clip: str,
    expected: list[tuple[EventType, str, float, float]],
) -> None:
    """Labels name the side of the picture; incidents the candidate's own. Further clips, looked at
    for everything, are in test_labelled_media.py."""
    incidents = watch(shared_media / "videos" / clip, analyzer).incidents
    assert [one[:2] for one in incidents] == [one[:2] for one in expected]
    for (*_, start_s, end_s), (*_, from_s, to_s) in zip(incidents, expected, strict=True):
        assert start_s == pytest.approx(from_s, abs=0.5)
        assert end_s == pytest.approx(to_s, abs=1.0)
