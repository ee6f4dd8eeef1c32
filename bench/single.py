"""Single pictures: what the signals say of each on its own, without any memory.

The product never raises an incident from one picture; this measures the signals themselves, at
the scores at which the shipped rules begin to count.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from bench import truth
from bench.counting import Confusion
from bench.labels import Item, Problem
from bench.pictures import MODEL_FAILURES, PictureUnreadable, read_picture
from bench.sessions import Session
from proctor_app.domain.incident import EventType
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.observation import Detector, Observation
from proctor_app.vision.profile import Neutral, Profile
from proctor_app.vision.recording import Recording, RecordingUnreadable
from proctor_app.vision.rules import DEFAULT_RULES
from proctor_app.vision.signals import (
    UNKNOWN,
    Memory,
    Samples,
    calibration,
    face_count,
    face_visible,
    read,
)
from proctor_app.vision.signals.calibration import CalibrationMemory

FRAMES_PER_S = 1.0
RULES = (
    EventType.FACE_ABSENT,
    EventType.MULTIPLE_FACES,
    EventType.BACKGROUND_PERSON,
    EventType.PHONE,
    EventType.FORBIDDEN_OBJECT,
    EventType.HEAD_TURNED,
    EventType.GAZE_OFF_SCREEN,
    EventType.EYES_CLOSED,
    EventType.HAND_GESTURE,
)
"""The rules a single picture can be judged by; speech and liveness need movement."""
DETECTORS = frozenset({Detector.FACES, Detector.OBJECTS, Detector.HANDS})

_ENTER: Mapping[EventType, float] = {rule.event_type: rule.enter for rule in DEFAULT_RULES}


@dataclass(frozen=True, slots=True)
class Answer:
    """One rule's answer on one picture. said: None where it could not be judged; it counts as
    no. score: as the signal gave it. time_s: media seconds, None for a photo."""

    item: Item
    time_s: float | None
    rule: EventType
    truth: bool
    said: bool | None
    score: float | None

    @property
    def wrong(self) -> bool:
        return bool(self.said) is not self.truth


def labelled_forbidden(items: Iterable[Item]) -> frozenset[str]:
    """The forbidden things that the folder labels: what nobody labelled can't be judged."""
    every = [labels for item in items for labels in (item.labels, *(s.labels for s in item.spans))]
    return frozenset(name for name in ("book", "laptop") if any(name in one for one in every))


def images(
    items: Iterable[Item], analyzer: Analyzer, profile: Profile, problems: list[Problem]
) -> Iterator[Answer]:
    """Judge every picture of the folder that can be read."""
    for item in items:
        try:
            seen = analyzer.observe(read_picture(item.path), DETECTORS)
        except (PictureUnreadable, *MODEL_FAILURES) as error:
            problems.append(Problem(item.file, str(error)))
            continue
        samples = _judge(seen, profile)
        said = {rule: truth.of_item(item, rule) for rule in RULES}
        yield from _answers(item, None, samples, said.get)


def record(items: Iterable[Item], analyzer: Analyzer, problems: list[Problem]) -> list[Session]:
    """Look at one frame of every second of every clip that can be read, with every detector."""
    sessions = []
    for item in items:
        try:
            with Recording(item.path) as recording:
                seen = tuple(
                    analyzer.observe(frame, DETECTORS) for frame in recording.frames(FRAMES_PER_S)
                )
        except (RecordingUnreadable, *MODEL_FAILURES) as error:
            problems.append(Problem(item.file, str(error)))
            continue
        sessions.append(Session(item, seen, recording.duration_s))
    return sessions


def frames(
    sessions: Iterable[Session], profile: Profile, neutrals: Mapping[str, Neutral] | None = None
) -> Iterator[Answer]:
    """Judge every frame on its own, without memory. neutrals: how each clip's candidate sits, by
    file, as the exam's calibration step would tell; without it the product's assumption for
    strangers holds, and where they look is not judged."""
    for session in sessions:
        item = session.item
        neutral = None if neutrals is None else neutrals.get(item.file)
        said = {rule: truth.segments(item, rule, session.duration_s) for rule in RULES}
        for observation in session.observations:
            time_s = observation.taken_at_s
            now = {rule: truth.at(segments, time_s) for rule, segments in said.items()}
            samples = _judge(observation, replace(profile, neutral=neutral))
            yield from _answers(item, time_s, samples, now.get)


def calibrated(session: Session) -> Neutral | None:
    """How the candidate of a clip sits, found in its first seconds as the product finds it."""
    memory = CalibrationMemory()
    for observation in session.observations:
        memory = calibration.read(observation, memory, observation.taken_at_s)
    return memory.neutral


def count(answers: Iterable[Answer]) -> dict[EventType, Confusion]:
    """Count right and wrong answers by rule, in the contract's order."""
    counted: defaultdict[EventType, Confusion] = defaultdict(Confusion)
    for answer in answers:
        counted[answer.rule] = counted[answer.rule].plus(answer.truth, bool(answer.said))
    return {rule: counted[rule] for rule in EventType if rule in counted}


def _judge(observation: Observation, profile: Profile) -> Samples:
    return read(observation, Memory(), profile, 0.0)[0]


def _answers(
    item: Item,
    time_s: float | None,
    samples: Samples,
    said: Callable[[EventType], bool | None],
) -> Iterator[Answer]:
    for rule in RULES:
        label = said(rule)
        if label is not None and (rule in _ENTER):
            score = samples.get(rule, UNKNOWN).score
            yield Answer(item, time_s, rule, label, _says(rule, samples), score)


def _says(rule: EventType, samples: Samples) -> bool | None:
    """Faces are counted as the product counts them; other rules say yes from ``enter`` on."""
    if rule is EventType.FACE_ABSENT:
        visible = face_visible(samples)
        return None if visible is None else not visible
    if rule is EventType.MULTIPLE_FACES:
        faces = face_count(samples)
        return None if faces == "unknown" else faces == "several"
    score = samples.get(rule, UNKNOWN).score
    return None if score is None else score >= _ENTER[rule]
