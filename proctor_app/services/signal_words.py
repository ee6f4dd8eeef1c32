"""What a candidate is told when an exam's rules answer a signal: calm, and what to do."""

from collections.abc import Mapping

from proctor_app.domain.browser import EVENT_OF, SignalKind
from proctor_app.domain.browser_episodes import Reaction
from proctor_app.domain.incident import event_text

_LEFT = "You left the exam page. Please stay on it; this was noted for the proctors."
_WARNING = "This was noted for the proctors. Please go on with the exam on this page alone."
_WARNINGS: Mapping[SignalKind, str] = {
    SignalKind.HIDDEN: _LEFT,
    SignalKind.TAB_SWITCH: _LEFT,
    SignalKind.BLUR: "Another window was in front. Please stay on the exam page.",
    SignalKind.FULLSCREEN_EXIT: "Please go back to the full screen; this was noted.",
    SignalKind.SECOND_SCREEN: "Please switch the second screen off; it was noted for the proctors.",
    SignalKind.COPY: "Copying was noted for the proctors. Please answer in your own words.",
    SignalKind.CUT: "Cutting was noted for the proctors. Please answer in your own words.",
    SignalKind.PASTE: "Pasting was noted for the proctors. Please answer in your own words.",
}


def warning(reaction: Reaction) -> str:
    """What the candidate is told."""
    return _WARNINGS.get(reaction.kind, _WARNING)


def pause_reason(reaction: Reaction) -> str:
    """Why the attempt pauses."""
    event = event_text(EVENT_OF[reaction.kind], "")
    return f"Paused by the exam's rules: {event}."
