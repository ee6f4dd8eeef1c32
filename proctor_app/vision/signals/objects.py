"""Things and bodies: phones, forbidden things on the desk, somebody in the background."""

from proctor_app.domain.incident import EventType
from proctor_app.vision.boxes import area, overlap
from proctor_app.vision.observation import Box, DetectedObject, Observation
from proctor_app.vision.profile import Profile
from proctor_app.vision.signals.faces import FACE_SCORE
from proctor_app.vision.signals.sample import UNKNOWN, Sample, Samples

PHONE, PERSON = "cell phone", "person"
_SHOWN = {"tv": "second screen", "remote": "remote control"}
"""What people read instead of the COCO name."""
_BODY_SCORE = 0.3
"""From here on a body may be the candidate's; labelled pictures of one person always have one."""
_OF_THE_CANDIDATE = 0.5
"""A body that lies in the candidate's by this share is an arm, a shirt's print or a reflection."""
_LEAST_SHARE = 0.01
"""A body smaller than this share of the picture is a poster or a passer-by far away."""


def read(observation: Observation, profile: Profile) -> Samples:
    """Judge phone, forbidden_object and background_person."""
    if observation.objects is None:
        return {
            EventType.PHONE: UNKNOWN,
            EventType.FORBIDDEN_OBJECT: UNKNOWN,
            EventType.BACKGROUND_PERSON: UNKNOWN,
        }
    phone = max((o.score for o in observation.objects if o.label == PHONE), default=0.0)
    return {
        EventType.PHONE: Sample(phone),
        EventType.FORBIDDEN_OBJECT: _forbidden(observation.objects, profile),
        EventType.BACKGROUND_PERSON: _second_body(observation),
    }


def _forbidden(objects: tuple[DetectedObject, ...], profile: Profile) -> Sample:
    """The clearest thing of the exam's list; phones and people have rules of their own.

    Whether a laptop is the one the candidate writes on can't be told from its picture: an exam
    filmed by a camera that sees it must take "laptop" off its list.
    """
    listed = profile.forbidden - {PHONE, PERSON}
    found = [thing for thing in objects if thing.label in listed]
    if not found:
        return Sample(0.0)
    best = max(found, key=lambda thing: thing.score)
    return Sample(best.score, _SHOWN.get(best.label, best.label))


def _second_body(observation: Observation) -> Sample:
    """The score of the clearest body apart from the candidate's.

    Arms and hands are bodies to the detector, too: without the candidate's face nobody knows whose
    they are. A body whose own face is counted is left to multiple_faces, which says more.
    """
    bodies = [thing for thing in observation.objects or () if thing.label == PERSON]
    faces = _counted_faces(observation)
    if observation.faces is not None and not faces:
        return UNKNOWN
    candidate = _candidate(bodies, faces)
    if candidate is None:
        return Sample(0.0)
    least = _LEAST_SHARE * observation.width_px * observation.height_px
    others = (
        body.score
        for body in bodies
        if body is not candidate
        and area(body.box) >= least
        and overlap(body.box, candidate.box) < _OF_THE_CANDIDATE * area(body.box)
        and not any(_centre_in(face, body.box) for face in faces[1:])
    )
    return Sample(max(others, default=0.0))


def _counted_faces(observation: Observation) -> list[Box]:
    """Largest first: that is the candidate's."""
    counted = [face.box for face in observation.faces or () if face.score >= FACE_SCORE]
    return sorted(counted, key=area, reverse=True)


def _candidate(bodies: list[DetectedObject], faces: list[Box]) -> DetectedObject | None:
    """The largest body, of those with the candidate's face where there is one."""
    strong = [body for body in bodies if body.score >= _BODY_SCORE]
    with_face = [body for body in strong if faces and _centre_in(faces[0], body.box)]
    return max(with_face or strong, key=lambda body: area(body.box), default=None)


def _centre_in(box: Box, other: Box) -> bool:
    x_px, y_px = (box.x0_px + box.x1_px) / 2, (box.y0_px + box.y1_px) / 2
    return other.x0_px <= x_px <= other.x1_px and other.y0_px <= y_px <= other.y1_px
