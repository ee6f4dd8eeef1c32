"""An exam's words become what is watched, what the browser may do, and what it costs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.db.tables import RosterEntry
from proctor_app.domain.browser import DEFAULT_POLICIES, EVENT_OF, Policy, SignalKind, policy_of
from proctor_app.domain.exam import ExamContent, Level, Preset, RuleChange
from proctor_app.domain.incident import EventType
from proctor_app.domain.score import WEIGHTS, ScoredIncident, compliance
from proctor_app.services import neutral
from proctor_app.services.exam_rules import FREE, Accommodation, accommodation, rules
from proctor_app.vision.observation import Detector, Gaze, HeadPose
from proctor_app.vision.profile import Neutral, Profile
from proctor_app.vision.rules import DEFAULT_RULES, tuned
from proctor_app.vision.tracker import TrackerState, wishes

E = EventType
STANDARD = ExamContent("An exam")
HOLDS = {spec.event_type: spec.hold_s for spec in DEFAULT_RULES}


def with_rules(**changes: RuleChange) -> ExamContent:
    return replace(STANDARD, rules={E(name): change for name, change in changes.items()})


def holds(content: ExamContent, allowed: Accommodation | None = None) -> dict[EventType, float]:
    specs = rules(content, allowed or Accommodation()).specs
    return {spec.event_type: spec.hold_s for spec in specs}


# --- rules ---


def test_given_a_standard_exam_then_it_is_watched_as_a_free_session() -> None:
    found = rules(STANDARD)
    assert found.specs == FREE.specs == DEFAULT_RULES
    assert (found.forbidden, found.off) == (FREE.forbidden, frozenset())
    assert dict(found.policies) == dict(DEFAULT_POLICIES)
    assert dict(found.weights) == WEIGHTS


def test_given_a_preset_then_holds_are_shorter_or_longer_but_a_gap_is_a_gap() -> None:
    strict, lenient = (
        holds(replace(STANDARD, preset=Preset.STRICT)),
        holds(replace(STANDARD, preset=Preset.LENIENT)),
    )
    for kind, hold_s in HOLDS.items():
        if kind is E.MONITORING_GAP or hold_s == 0:
            assert strict[kind] == lenient[kind] == hold_s
        else:
            assert strict[kind] < hold_s < lenient[kind]


def test_given_a_hold_of_its_own_then_the_preset_does_not_change_it() -> None:
    content = replace(with_rules(face_absent=RuleChange(hold_s=7.0)), preset=Preset.LENIENT)
    assert holds(content)[E.FACE_ABSENT] == 7.0


def test_given_a_rule_switched_off_then_it_is_not_looked_for() -> None:
    found = rules(with_rules(gaze_off_screen=RuleChange(is_on=False)))
    assert E.GAZE_OFF_SCREEN not in {spec.event_type for spec in found.specs}
    assert found.profile(Profile()).off == {E.GAZE_OFF_SCREEN}


def test_given_a_monitoring_gap_switched_off_then_it_is_told_all_the_same() -> None:
    content = with_rules(monitoring_gap=RuleChange(is_on=False, hold_s=900.0))
    allowed = Accommodation(frozenset({E.MONITORING_GAP}))
    assert holds(content, allowed)[E.MONITORING_GAP] == HOLDS[E.MONITORING_GAP]


def test_given_no_identity_check_then_no_face_is_compared() -> None:
    found = rules(replace(STANDARD, identity_check=False))
    profile = found.profile(Profile(enrolled=((0.0,),)))
    assert profile.enrolled == ()
    assert E.IDENTITY_MISMATCH in profile.off
    assert policy_of(SignalKind.FACE_UNMATCHED, found.policies) is Policy.IGNORE


@pytest.mark.parametrize(
    ("off", "idle"),
    [
        ({E.PHONE, E.FORBIDDEN_OBJECT, E.BACKGROUND_PERSON}, Detector.OBJECTS),
        ({E.HAND_GESTURE}, Detector.HANDS),
        ({E.IDENTITY_MISMATCH}, Detector.IDENTITY),
    ],
)
def test_given_a_detector_that_nobody_needs_then_it_does_not_run(
    off: set[EventType], idle: Detector
) -> None:
    known = Profile(enrolled=((0.0,),))
    needed = rules(STANDARD).profile(known)
    spared = rules(STANDARD, Accommodation(frozenset(off))).profile(known)
    assert idle not in wishes(TrackerState(0.0, profile=needed), 1.0).idle
    assert idle in wishes(TrackerState(0.0, profile=spared), 1.0).idle


def test_given_nothing_is_forbidden_then_phones_are_still_looked_for() -> None:
    found = rules(replace(STANDARD, forbidden=()))
    assert E.FORBIDDEN_OBJECT in found.off
    profile = found.profile(Profile())
    assert Detector.OBJECTS not in wishes(TrackerState(0.0, profile=profile), 1.0).idle


@pytest.mark.parametrize(
    ("level", "kinds"), [(Level.BROWSER, {E.MONITORING_GAP}), (Level.NONE, set())]
)
def test_given_no_camera_then_no_picture_is_judged(level: Level, kinds: set[EventType]) -> None:
    found = rules(replace(STANDARD, level=level))
    assert {spec.event_type for spec in found.specs} == kinds


# --- the browser ---


def test_given_policies_then_they_go_before_the_usual_ones() -> None:
    found = rules(replace(STANDARD, signals={SignalKind.PASTE: Policy.PAUSE}))
    assert found.policies[SignalKind.PASTE] is Policy.PAUSE
    assert found.policies[SignalKind.HIDDEN] is DEFAULT_POLICIES[SignalKind.HIDDEN]


def test_given_a_type_switched_off_then_every_signal_of_it_is_ignored() -> None:
    found = rules(STANDARD, Accommodation(frozenset({E.CLIPBOARD, E.TAB_SWITCH})))
    for kind in (SignalKind.COPY, SignalKind.PASTE, SignalKind.HIDDEN, SignalKind.TAB_SWITCH):
        assert policy_of(kind, found.policies) is Policy.IGNORE
    assert policy_of(SignalKind.PRINT, found.policies) is Policy.NOTICE


def test_given_an_exam_that_watches_nothing_then_every_signal_is_ignored() -> None:
    found = rules(replace(STANDARD, level=Level.NONE))
    assert {policy_of(kind, found.policies) for kind in EVENT_OF} == {Policy.IGNORE}


# --- what it costs ---


def lost(content: ExamContent, kind: EventType, allowed: Accommodation | None = None) -> float:
    weight = rules(content, allowed or Accommodation()).weights[kind]
    long = ScoredIncident(kind, 1.0, 1e6, weight=weight)
    return 100.0 - compliance([long]).value


def test_given_a_preset_then_an_incident_costs_more_or_less() -> None:
    strict, lenient = (replace(STANDARD, preset=one) for one in (Preset.STRICT, Preset.LENIENT))
    assert lost(lenient, E.PHONE) == 10.0
    assert lost(STANDARD, E.PHONE) == 20.0
    assert lost(strict, E.PHONE) == 25.0


def test_given_points_of_its_own_then_they_count_and_the_cap_goes_with_them() -> None:
    content = with_rules(phone=RuleChange(points=40.0), client_note=RuleChange(points=2.0))
    assert lost(content, E.PHONE) == 40.0
    assert rules(content).weights[E.PHONE].cap == 120.0
    assert lost(content, E.CLIENT_NOTE) == 2.0
    assert lost(with_rules(phone=RuleChange(points=0.0)), E.PHONE) == 0.0


def test_given_a_lenient_accommodation_then_it_goes_before_the_exams_preset() -> None:
    strict = replace(STANDARD, preset=Preset.STRICT)
    allowed = Accommodation(preset=Preset.LENIENT)
    assert lost(strict, E.PHONE, allowed) == 10.0
    assert holds(strict, allowed)[E.FACE_ABSENT] == 4.0


# --- the roster's words ---


def test_given_a_roster_entry_then_its_words_are_read_and_strange_ones_passed_over() -> None:
    entry = RosterEntry(exam_id="e", email="a@b.c", preset="lenient", added_at=None)  # type: ignore[arg-type]
    entry.detectors_off = "gaze_off_screen, eyes_closed,telepathy,"
    assert accommodation(entry) == Accommodation(
        frozenset({E.GAZE_OFF_SCREEN, E.EYES_CLOSED}), Preset.LENIENT
    )
    entry.preset, entry.detectors_off = "harsh", ""
    assert accommodation(entry) == accommodation(None) == Accommodation()


# --- whatever an exam says ---

changes = st.builds(
    RuleChange,
    st.booleans(),
    st.one_of(st.none(), st.floats(-10, 1000)),
    st.one_of(st.none(), st.floats(-10, 1000)),
)


@given(
    st.sampled_from(Preset),
    st.dictionaries(st.sampled_from(EventType), changes),
    st.frozensets(st.sampled_from(EventType)),
)
def test_whatever_an_exam_says_its_rules_can_be_used(
    preset: Preset, changed: dict[EventType, RuleChange], off: frozenset[EventType]
) -> None:
    content = replace(STANDARD, preset=preset, rules=changed)
    found = rules(content, Accommodation(off))
    assert all(spec.hold_s >= 0 for spec in found.specs)
    assert all(one.points >= 0 and one.cap >= 0 for one in found.weights.values())
    assert found.off.isdisjoint(spec.event_type for spec in found.specs)
    assert set(found.weights) == set(WEIGHTS)
    assert len(tuned(preset, changed)) <= len(DEFAULT_RULES)


# --- the calibrated pose ---


@given(st.floats(-90, 90), st.one_of(st.none(), st.floats(-1, 1)))
def test_a_pose_outlives_being_kept_as_text(yaw_deg: float, x: float | None) -> None:
    gaze = None if x is None else Gaze(x, -x)
    text = neutral.to_json(Neutral(HeadPose(yaw_deg, -yaw_deg / 2, 0.1), gaze))
    assert len(text) <= 200
    kept = neutral.from_json(text)
    assert kept is not None
    assert kept.pose.yaw_deg == pytest.approx(yaw_deg, abs=0.051)
    assert (kept.gaze is None) == (x is None)
    assert neutral.to_json(kept) == text


@pytest.mark.parametrize("text", ["", "{}", "null", "[1,2]", '{"pose": 3, "gaze": null}', "\x00"])
def test_what_is_no_pose_is_none(text: str) -> None:
    assert neutral.from_json(text) is None
