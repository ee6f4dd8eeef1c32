"""The live challenge of a log-in by face: look at the camera, do what is asked, look back.

Pure: observations and times come in, a new state goes out. What is asked must be seen between two
looks into the camera, and nothing else that could have been asked. A turn must be one in depth,
closed eyes and an open mouth must move within a face that is otherwise still, so that a picture
held before the camera fails however it is moved. A recording of the very action asked for looks as
the person does; against it stands only that nobody knows what will be asked.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from proctor_app.vision import challenge_looks as looks
from proctor_app.vision.challenge_looks import Action, Look
from proctor_app.vision.observation import Observation, QualityProblem
from proctor_app.vision.signals.faces import FACE_SCORE

__all__ = ["Action", "Challenge", "Look", "Phase", "Reason", "fail", "judge", "step"]


class Phase(StrEnum):
    """face: a look into the camera is awaited; act: the action; back: another look."""

    FACE = "face"
    ACT = "act"
    BACK = "back"
    PASSED = "passed"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a challenge was not passed, or a frame does not count."""

    NONE = ""
    TOO_FEW = "too_few_frames"
    WRONG_ORDER = "wrong_order"
    WRONG_ACTION = "wrong_action"
    NOT_SEEN = "action_not_seen"
    NOT_BACK = "no_look_back"
    FLAT = "flat"
    TIME_UP = "time_up"
    NO_FACE = "no_face"
    SEVERAL = "several_faces"
    SMALL = "face_too_small"
    DARK = "too_dark"
    BRIGHT = "too_bright"
    POOR = "picture_poor"
    NOT_AHEAD = "face_turned"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class Demands:
    """looks: frames into the camera, before and after the action; acts: frames of the action.
    hold_s: for how long eyes are closed or the mouth is open, at least and at most; patience_s:
    for how long a head that turns may be out of sight. None: frames have an order, but no times."""

    looks: int
    acts: int
    hold_s: tuple[float, float] | None
    patience_s: float | None


LIVE = Demands(looks=2, acts=2, hold_s=(0.3, 2.0), patience_s=1.5)
"""For about five frames a second. 34 blinks that nobody asked for lasted up to 0.27 s."""
BY_ORDER = Demands(looks=1, acts=1, hold_s=None, patience_s=None)
_LEAST_FACE_PX = 70.0
_KEPT = 3
_LOST_FRAMES = 2
_POOR = {
    QualityProblem.DARK: Reason.DARK,
    QualityProblem.BLOCKED: Reason.DARK,
    QualityProblem.GLARE: Reason.BRIGHT,
    QualityProblem.BLURRED: Reason.POOR,
}


@dataclass(frozen=True, slots=True)
class Challenge:
    """Where somebody stands. before, acts, after: the frames that count so far, newest last.
    problem: why the newest frame does not count, or what is still missing. early: the action was
    seen before any look into the camera. digests: of all frames, so that none counts twice."""

    action: Action
    demands: Demands = LIVE
    phase: Phase = Phase.FACE
    reason: Reason = Reason.NONE
    problem: Reason = Reason.NONE
    frames: int = 0
    early: bool = False
    before: tuple[Look, ...] = ()
    acts: tuple[Look, ...] = ()
    after: tuple[Look, ...] = ()
    wrong: int = 0
    lost: int = 0
    last: Look | None = None
    digests: frozenset[bytes] = frozenset()

    @property
    def done(self) -> bool:
        return self.phase in (Phase.PASSED, Phase.FAILED)

    @property
    def acted(self) -> bool:
        """Whether enough of the action was seen, so that a look back is what is missing."""
        return len(self.acts) >= self.demands.acts and _long_enough(self)

    @property
    def kept(self) -> tuple[int, ...]:
        """The numbers of the frames that may be asked for later."""
        return tuple(one.number for one in (*self.before, *self.acts, *self.after))


def judge(action: Action, seen: tuple[Observation, ...]) -> Challenge:
    """Judge a few frames by their order alone; the answer is passed or failed."""
    state = Challenge(action, BY_ORDER)
    for observation in seen:
        state = step(state, observation, 0.0)
    if state.done:
        return state
    if len(state.digests) < 2 * BY_ORDER.looks + BY_ORDER.acts:
        return fail(state, Reason.TOO_FEW)
    if state.early and not state.acts:
        return fail(state, Reason.WRONG_ORDER)
    if state.phase is Phase.FACE:
        return fail(state, state.problem or Reason.NO_FACE)
    return fail(state, Reason.NOT_BACK if state.acts else Reason.NOT_SEEN)


def fail(state: Challenge, reason: Reason) -> Challenge:
    return replace(state, phase=Phase.FAILED, reason=reason)


def step(state: Challenge, seen: Observation, now_s: float) -> Challenge:
    """Take the next frame in, with its time on any steady clock; a state that is done stays so."""
    if state.done:
        return state
    state = replace(state, frames=state.frames + 1)
    if seen.quality.digest in state.digests:  # a camera's noise never comes twice
        return state
    state = replace(state, digests=state.digests | {seen.quality.digest})
    problem = _problem(seen)
    if problem is not Reason.NONE or seen.mesh is None:
        return _without_face(state, problem, now_s)
    one = looks.look(seen, seen.mesh, state.frames, now_s)
    if _is_elsewhere(state, one):
        state = _anew(state)
    state = _take(replace(state, problem=Reason.NONE), one)
    return replace(state, last=one, lost=0)


def _take(state: Challenge, one: Look) -> Challenge:
    if state.phase is Phase.FACE:
        return _await_look(state, one)
    first = state.before[-1]
    if looks.shows_another(state.action, first, one):
        state = replace(state, wrong=state.wrong + 1)
        wrong = state.wrong >= state.demands.acts
        return fail(state, Reason.WRONG_ACTION) if wrong else state
    if looks.shows(state.action, first, one):
        acts = looks.strongest(state.action, (*state.acts, one), _KEPT)
        return replace(state, phase=Phase.ACT, acts=acts, after=())
    if state.acts and looks.is_back(first, one):
        return _look_back(state, one)
    return state


def _await_look(state: Challenge, one: Look) -> Challenge:
    if not looks.is_ahead(one):
        early = state.early or looks.shows(state.action, None, one)
        return replace(state, problem=Reason.NOT_AHEAD, early=early)
    before = (*state.before, one)[-_KEPT:]
    ready = len(before) >= state.demands.looks
    return replace(state, before=before, phase=Phase.ACT if ready else Phase.FACE)


def _look_back(state: Challenge, one: Look) -> Challenge:
    """How long the action was is known once it has ended."""
    if state.phase is Phase.ACT and not state.acted:
        return replace(state, acts=(), problem=Reason.TOO_SHORT)
    state = replace(state, phase=Phase.BACK, after=(*state.after, one)[-_KEPT:])
    if len(state.after) < state.demands.looks:
        return state
    if not looks.is_alive(state.action, state.before[-1], state.acts, state.after):
        return fail(state, Reason.FLAT)
    return replace(state, phase=Phase.PASSED)


def _long_enough(state: Challenge) -> bool:
    if state.demands.hold_s is None or state.action in looks.TURNS:
        return True
    shortest_s, longest_s = state.demands.hold_s
    return shortest_s <= state.acts[-1].at_s - state.acts[0].at_s <= longest_s


def _problem(seen: Observation) -> Reason:
    counted = [face for face in seen.faces or () if face.score >= FACE_SCORE]
    if len(counted) > 1:
        return Reason.SEVERAL
    if seen.quality.problem is not None:
        return _POOR[seen.quality.problem]
    if not counted or seen.mesh is None:
        return Reason.NO_FACE
    return Reason.SMALL if seen.mesh.box.width_px < _LEAST_FACE_PX else Reason.NONE


def _without_face(state: Challenge, problem: Reason, now_s: float) -> Challenge:
    """Begin anew; only a head that was turning may be out of sight for a moment."""
    state = replace(state, problem=problem, lost=state.lost + 1)
    return state if problem is Reason.NO_FACE and _may_be_lost(state, now_s) else _anew(state)


def _may_be_lost(state: Challenge, now_s: float) -> bool:
    if state.last is None or not state.before:
        return False
    patience_s = state.demands.patience_s
    if patience_s is None:
        soon = state.lost <= _LOST_FRAMES
    else:
        soon = now_s - state.last.at_s <= patience_s
    return soon and looks.is_turning(state.action, state.before[-1], state.last)


def _is_elsewhere(state: Challenge, one: Look) -> bool:
    """Tell of a face that need not be the one before: it jumped, or was away for too long."""
    last, patience_s = state.last, state.demands.patience_s
    if last is None or patience_s is None:
        return False
    return one.at_s - last.at_s > patience_s or looks.jumped(last, one)


def _anew(state: Challenge) -> Challenge:
    return replace(state, phase=Phase.FACE, before=(), acts=(), after=(), wrong=0, last=None)
