"""What is kept of a recording while it is analysed, for pictures and charts drawn afterwards."""

from dataclasses import dataclass, field

from proctor_app.domain.incident import EventType, Phase
from proctor_app.vision.frame import encode_jpeg
from proctor_app.vision.observation import DetectedObject, Face, Hand, HeadPose
from proctor_app.vision.recording import Look
from proctor_app.vision.signals import FACE_SCORE, FaceCount, face_count

_EVIDENCE_WIDTH_PX = 640
_EVIDENCE_QUALITY = 78
_MAX_PICTURES = 300
"""About 9 MB in all; incidents beyond it are listed without a picture."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What one frame showed. objects, hands: None where nobody looked for them. problem: why the
    picture could not be judged, in a word, empty where it could."""

    at_s: float
    faces: tuple[Face, ...]
    pose: HeadPose | None
    objects: tuple[DetectedObject, ...] | None
    hands: tuple[Hand, ...] | None
    count: FaceCount
    problem: str


@dataclass(slots=True)
class Notes:
    """marks: one for each frame that was looked at, by time. scores: each rule's score at these
    times, None where it was not judged. pictures: the JPEG of the frame at which an incident was
    reported, by its type and start."""

    marks: list[Mark] = field(default_factory=list)
    scores: dict[EventType, list[float | None]] = field(default_factory=dict)
    pictures: dict[tuple[EventType, float], bytes] = field(default_factory=dict)

    def add(self, look: Look) -> None:
        """Take one frame down; made to be ``recording.analyze``'s on_look."""
        seen, samples = look.observation, look.samples
        faces = tuple(face for face in seen.faces or () if face.score >= FACE_SCORE)
        problem = "" if seen.quality.problem is None else seen.quality.problem.value
        pose = None if seen.mesh is None else seen.mesh.pose
        mark = Mark(
            seen.taken_at_s, faces, pose, seen.objects, seen.hands, face_count(samples), problem
        )
        for rule in {*self.scores, *samples}:
            before = self.scores.setdefault(rule, [None] * len(self.marks))
            sample = samples.get(rule)
            before.append(None if sample is None else sample.score)
        self.marks.append(mark)
        for change in look.transitions:
            if change.phase is Phase.OPENED and len(self.pictures) < _MAX_PICTURES:
                picture = encode_jpeg(look.frame, _EVIDENCE_QUALITY, _EVIDENCE_WIDTH_PX)
                self.pictures[change.event_type, change.start_s] = picture
