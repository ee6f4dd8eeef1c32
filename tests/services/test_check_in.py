"""The check before an exam: guidance, the calibrated pose, the face; nobody is blocked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.tables import Attempt, Evidence, Incident
from proctor_app.domain.exam import ExamContent, Level
from proctor_app.domain.incident import EventType
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound, Throttled, Unavailable
from proctor_app.services.accounts import SignUp
from proctor_app.services.check_in import Calibrated, Looked
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected
from proctor_app.vision.observation import (
    FaceDescription,
    HeadPose,
    Observation,
    QualityProblem,
)
from proctor_app.vision.signals.identity import MAX_DISTANCE
from tests.fakes import EMBEDDING, face, jpeg, seen
from tests.seats import content, publish
from tests.unit.looks import AHEAD, look, nobody
from tests.world import HOME, PASSWORD, Person, World, build

WATCHED = content(level=Level.CAMERA, identity_check=True)


def at(distance: float) -> Observation:
    """A face at this distance from the enrolled one."""
    described = FaceDescription((EMBEDDING[0] + distance, *EMBEDDING[1:]))
    return replace(seen(), identity=described)


SELF, OTHER = at(0.1), at(MAX_DISTANCE + 0.3)
TURNED = replace(seen(), identity=FaceDescription(None, "turned"))


@dataclass(frozen=True, slots=True)
class Door:
    """A candidate before an exam."""

    world: World
    who: Person
    attempt_id: str

    async def look(self, what: Observation) -> Looked:
        self.world.engine.script.append(what)
        look_at = self.world.services.check_in.look
        return await look_at(self.who.actor, self.attempt_id, jpeg())

    async def calibrate(self, what: Observation, after_s: float = 0.5) -> Calibrated:
        self.world.clock.advance(after_s)
        self.world.engine.script.append(what)
        calibrate = self.world.services.check_in.calibrate
        return await calibrate(self.who.actor, self.attempt_id, jpeg())

    async def identify(self, *what: Observation) -> str:
        self.world.engine.script.extend(what)
        identify = self.world.services.check_in.identify
        pictures = [jpeg(number) for number in range(len(what))]
        return await identify(self.who.actor, self.attempt_id, pictures)

    async def begin(self) -> None:
        await self.world.services.sessions.start(self.who.actor, self.who.id)

    @property
    def row(self) -> Attempt:
        return next(row for row in self.world.rows(Attempt) if row.id == self.attempt_id)

    @property
    def history(self) -> list[tuple[str, str]]:
        with self.world.database.read() as session:
            lines = AttemptRows(session).events(self.attempt_id)
        return [(line.kind, line.detail) for line in lines if line.kind.startswith("identity_")]

    @property
    def mismatches(self) -> list[tuple[str, str, bool]]:
        return [
            (row.severity, row.detail, row.closed_at == row.opened_at)
            for row in self.world.rows(Incident)
            if row.event_type == EventType.IDENTITY_MISMATCH.value
        ]


async def door(world: World, what: ExamContent = WATCHED, *, enrolled: bool = True) -> Door:
    who = await _enrolled(world) if enrolled else world.person()
    exam = publish(world, what)
    attempt = await world.services.sitting.join(who.actor, exam.code)
    await world.services.sitting.accept(who.actor, attempt.id)
    return Door(world, who, attempt.id)


async def _enrolled(world: World) -> Person:
    world.engine.photos.extend([face(0.0), face(0.1), face(0.2)])
    form = SignUp("ana@example.test", PASSWORD, jpeg(1), "Ana", (jpeg(2), jpeg(3)))
    await world.services.accounts.sign_up(form, HOME.address)
    found = world.services.logins.log_in("ana@example.test", PASSWORD, HOME)
    return Person(world.services.logins.authenticate(found.token), "ana@example.test", found.token)


@pytest.fixture
async def here(monitored: World) -> Door:
    return await door(monitored)


# --- the camera ---


async def test_given_a_good_picture_then_it_is_told_so(here: Door) -> None:
    found = await here.look(look())
    assert found.is_good
    assert found == Looked(1, True, True, True, True, "good", "The picture is good.")


@pytest.mark.parametrize(
    ("what", "code"),
    [
        (nobody(), "no_face"),
        (seen(2), "several_faces"),
        (seen(problem=QualityProblem.DARK), "dark"),
        (seen(0, problem=QualityProblem.BLOCKED), "blocked"),
        (seen(problem=QualityProblem.BLURRED), "blurred"),
    ],
)
async def test_given_a_picture_that_does_not_serve_then_it_is_told_what_to_do(
    here: Door, what: Observation, code: str
) -> None:
    found = await here.look(what)
    assert (found.code, found.is_good) == (code, False)
    assert found.sentence.endswith(".")


async def test_given_no_picture_or_a_failing_engine_then_it_is_refused(here: Door) -> None:
    with pytest.raises(FrameRejected):
        await here.world.services.check_in.look(here.who.actor, here.attempt_id, b"no picture")
    here.world.engine.script.append(VisionFailed("a model failed"))
    with pytest.raises(Unavailable):
        await here.world.services.check_in.look(here.who.actor, here.attempt_id, jpeg())


async def test_given_somebody_else_then_they_are_refused(here: Door) -> None:
    check_in, other = here.world.services.check_in, here.world.person()
    with pytest.raises(NotAllowed):
        await check_in.look(other.actor, here.attempt_id, jpeg())
    with pytest.raises(NotFound):
        await check_in.identify(other.actor, "nothing", [jpeg()])
    with pytest.raises(NotAllowed):
        await check_in.calibrate(other.actor, here.attempt_id, jpeg())


async def test_given_an_exam_without_a_camera_then_no_picture_is_taken(monitored: World) -> None:
    there = await door(monitored, content(level=Level.BROWSER), enrolled=False)
    with pytest.raises(Conflict, match="camera_not_used"):
        await there.look(seen())
    assert monitored.engine.looked_at == []


async def test_given_an_attempt_that_ended_then_the_check_is_over(here: Door) -> None:
    await here.begin()
    assert (await here.look(look())).is_good  # again, while it runs
    await here.world.services.sessions.stop(here.who.actor, here.who.id)
    with pytest.raises(Conflict, match="check_in_over"):
        await here.look(look())


async def test_given_a_flood_of_pictures_then_it_is_throttled(here: Door) -> None:
    for _ in range(6):
        await here.look(look())
    with pytest.raises(Throttled):
        await here.look(look())


# --- the pose ---


async def _calibrated(there: Door, yaw_deg: float) -> list[Calibrated]:
    return [await there.calibrate(look(yaw_deg=yaw_deg)) for _ in range(5)]


async def test_given_two_seconds_then_the_pose_is_kept_and_used_when_the_exam_runs(
    here: Door,
) -> None:
    steps = await _calibrated(here, 12.0)
    assert [step.done for step in steps] == [False] * 4 + [True]
    assert [step.progress for step in steps] == sorted(step.progress for step in steps)
    assert '"yaw_deg":12.0' in here.row.neutral
    await here.begin()
    live = here.world.services.monitoring.live(here.attempt_id)
    assert live is not None
    kept = live.tracker.profile.neutral
    assert kept is not None
    assert (kept.pose, kept.gaze) == (HeadPose(12.0, 0.0, 0.0), AHEAD)


async def test_given_a_restart_then_the_pose_is_still_known(here: Door) -> None:
    await _calibrated(here, 12.0)
    await here.begin()
    again = build(here.world.settings.data_dir, here.world.settings.database_url)
    again.clock.now = here.world.clock.now
    await again.services.monitoring.start()
    try:
        await again.services.monitoring.ingest(here.who.actor, here.attempt_id, jpeg())
        live = again.services.monitoring.live(here.attempt_id)
        assert live is not None
        assert live.tracker.profile.neutral is not None
        assert live.tracker.profile.neutral.pose.yaw_deg == 12.0
    finally:
        await again.services.monitoring.close()
        again.database.close()


async def test_given_a_calibration_while_it_runs_then_it_holds_at_once(here: Door) -> None:
    await here.begin()
    await _calibrated(here, -9.0)
    live = here.world.services.monitoring.live(here.attempt_id)
    assert live is not None
    assert live.tracker.profile.neutral is not None
    assert live.tracker.profile.neutral.pose.yaw_deg == -9.0


async def test_given_pictures_that_do_not_serve_then_nothing_is_settled(here: Door) -> None:
    for _ in range(5):
        step = await here.calibrate(nobody())
        assert (step.done, step.progress, step.code) == (False, 0.0, "no_face")
    assert here.row.neutral == ""


async def test_given_a_pause_between_pictures_then_it_begins_anew(here: Door) -> None:
    for _ in range(4):
        assert not (await here.calibrate(look())).done
    step = await here.calibrate(look(), after_s=3.0)
    assert (step.done, step.progress) == (False, 0.0)


# --- the face ---


@pytest.mark.parametrize(
    ("pictures", "outcome"),
    [
        ([SELF], "matched"),
        ([OTHER, SELF, TURNED], "matched"),
        ([OTHER], "mismatch"),
        ([TURNED, OTHER], "mismatch"),
        ([TURNED, nobody()], "unverifiable"),
        ([replace(seen(2), identity=SELF.identity)], "unverifiable"),
    ],
)
async def test_given_pictures_then_the_outcome_is_written_down_and_they_are_not_kept(
    here: Door, pictures: Sequence[Observation], outcome: str
) -> None:
    assert await here.identify(*pictures) == outcome
    assert here.history[-1] == ("identity_try", outcome)
    assert here.world.rows(Evidence) == []
    stored = here.world.settings.data_dir / "pictures" / here.attempt_id
    assert not stored.exists()


async def test_given_an_account_without_a_face_then_there_is_nothing_to_compare(
    monitored: World,
) -> None:
    there = await door(monitored, enrolled=False)
    assert await there.identify(SELF) == "no_template"
    assert monitored.engine.looked_at == []


async def test_given_three_mismatches_then_it_is_one_incident_once_the_exam_runs(
    here: Door,
) -> None:
    for _ in range(4):
        assert await here.identify(OTHER) == "mismatch"
    assert [kind for kind, _ in here.history].count("identity_unrecognised") == 1
    assert here.mismatches == []
    await here.begin()
    assert here.row.status == "running"
    assert here.mismatches == [("notice", "at the check-in", True)]

    await here.world.services.monitoring.finish(here.attempt_id)
    await here.begin()  # watched again: told once
    assert len(here.mismatches) == 1


async def test_given_two_mismatches_and_a_match_then_there_is_no_incident(here: Door) -> None:
    await here.identify(OTHER)
    await here.identify(OTHER)
    assert await here.identify(SELF) == "matched"
    await here.begin()
    assert here.mismatches == []


async def test_given_three_mismatches_while_it_runs_then_it_is_told_at_once(here: Door) -> None:
    await here.begin()
    for _ in range(3):
        await here.identify(OTHER)
    assert here.mismatches == [("notice", "at the check-in", True)]


@pytest.mark.parametrize("count", [0, 6])
async def test_given_no_picture_or_too_many_then_it_is_refused(here: Door, count: int) -> None:
    with pytest.raises(Invalid, match="pictures_invalid"):
        await here.world.services.check_in.identify(
            here.who.actor, here.attempt_id, [jpeg()] * count
        )
