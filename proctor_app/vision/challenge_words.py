"""What to tell somebody who logs in by face: what to do next, and what went wrong."""

from dataclasses import dataclass
from typing import Literal

from proctor_app.vision.challenge import Action, Challenge, Phase, Reason

Sign = Literal["face", "left", "right", "eyes", "mouth", "problem", "passed", "failed"]
STEPS = 3
"""Look, act, look back."""


@dataclass(frozen=True, slots=True)
class Guidance:
    """sign: a picture for the words. step: how many of the three steps are behind."""

    words: str
    sign: Sign
    step: int


_ASK: dict[Action, tuple[str, Sign]] = {
    Action.TURN_LEFT: ("Turn your head to your left", "left"),
    Action.TURN_RIGHT: ("Turn your head to your right", "right"),
    Action.BLINK: ("Close your eyes, count to one, open them", "eyes"),
    Action.OPEN_MOUTH: ("Open your mouth wide", "mouth"),
}
_BACK: dict[Action, str] = {
    Action.TURN_LEFT: "Now look back at the camera",
    Action.TURN_RIGHT: "Now look back at the camera",
    Action.BLINK: "Now look at the camera",
    Action.OPEN_MOUTH: "Now close your mouth",
}
_LONGER: dict[Action, str] = {
    Action.TURN_LEFT: "Turn a little more slowly to your left",
    Action.TURN_RIGHT: "Turn a little more slowly to your right",
    Action.BLINK: "Keep your eyes closed a little longer",
    Action.OPEN_MOUTH: "Keep your mouth open a little longer",
}
_PROBLEMS: dict[Reason, str] = {
    Reason.NO_FACE: "Look at the camera",
    Reason.NOT_AHEAD: "Look at the camera",
    Reason.SEVERAL: "One face only",
    Reason.SMALL: "Come closer",
    Reason.DARK: "Too dark",
    Reason.BRIGHT: "Too bright",
    Reason.POOR: "Hold the camera still",
}
_NOT_SEEN = "What was asked was not seen."
_HINTS: dict[Reason, str] = {
    Reason.TOO_FEW: "There were too few different pictures.",
    Reason.WRONG_ORDER: "Look at the camera first, then do what is asked.",
    Reason.WRONG_ACTION: _NOT_SEEN,
    Reason.NOT_SEEN: _NOT_SEEN,
    Reason.TOO_SHORT: _NOT_SEEN,
    Reason.FLAT: _NOT_SEEN,
    Reason.NOT_BACK: "Look back at the camera at the end.",
    Reason.TIME_UP: "The time for it is over.",
    Reason.NO_FACE: "No face was found.",
    Reason.NOT_AHEAD: "Look straight at the camera first.",
    Reason.SEVERAL: "Only one face may be in the picture.",
    Reason.SMALL: "Come closer to the camera.",
    Reason.DARK: "The picture is too dark.",
    Reason.BRIGHT: "The picture is too bright.",
    Reason.POOR: "The picture is not clear.",
}


def guidance(state: Challenge) -> Guidance:
    """What to do now."""
    if state.phase is Phase.PASSED:
        return Guidance("Thank you", "passed", STEPS)
    if state.phase is Phase.FAILED:
        return Guidance(hint(state.reason), "failed", 0)
    if state.problem in _PROBLEMS:
        words = _PROBLEMS[state.problem]
        looking = state.problem in (Reason.NO_FACE, Reason.NOT_AHEAD)
        return Guidance(words, "face" if looking else "problem", 0)
    if state.phase is Phase.FACE:
        return Guidance("Look at the camera", "face", 0)
    if state.acted:
        return Guidance(_BACK[state.action], "face", 2)
    words, sign = _ASK[state.action]
    if state.problem is Reason.TOO_SHORT:
        words = _LONGER[state.action]
    return Guidance(words, sign, 1)


def hint(reason: Reason) -> str:
    """What to do better next time: about the pictures alone, never about whose face it is."""
    return _HINTS.get(reason, "")
