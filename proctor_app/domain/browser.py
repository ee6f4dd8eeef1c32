"""What a candidate's browser tells of itself, and what an exam makes of it.

A browser's word is a claim: it is kept as such, and the server's clock decides when it was.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from proctor_app.domain.incident import EventType


class SignalKind(StrEnum):
    HIDDEN = "hidden"
    VISIBLE = "visible"
    BLUR = "blur"
    FOCUS = "focus"
    FULLSCREEN_EXIT = "fullscreen_exit"
    FULLSCREEN_ENTER = "fullscreen_enter"
    COPY = "copy"
    CUT = "cut"
    PASTE = "paste"
    CONTEXT_MENU = "context_menu"
    PRINT = "print"
    DEVTOOLS = "devtools"
    SECOND_SCREEN = "second_screen"
    SECOND_SCREEN_GONE = "second_screen_gone"
    OFFLINE = "offline"
    ONLINE = "online"
    CAMERA = "camera"  # its label and settings, once at the start
    CAMERA_CHANGED = "camera_changed"
    VIRTUAL_CAMERA = "virtual_camera"
    SECOND_DEVICE = "second_device"  # said by the server itself
    QUESTION = "question"  # which one is shown; it only informs, and no exam can judge it
    TAB_SWITCH = "tab_switch"  # from here on: what other clients tell
    FACE_MATCHED = "face_matched"
    FACE_UNMATCHED = "face_unmatched"
    FACE_MISSING = "face_missing"
    FACE_UNVERIFIED = "face_unverified"
    NOTE = "note"  # under its own text


class Policy(StrEnum):
    """What an exam does about a signal, beside keeping it."""

    IGNORE = "ignore"
    NOTICE = "notice"
    ALERT = "alert"
    WARN = "warn"  # a notice, and words to the candidate
    PAUSE = "pause"  # an alert, and the attempt pauses until a person lets it go on


_P = Policy
DEFAULT_POLICIES: Mapping[SignalKind, Policy] = MappingProxyType(
    {
        SignalKind.HIDDEN: _P.WARN,
        SignalKind.BLUR: _P.NOTICE,
        SignalKind.FULLSCREEN_EXIT: _P.WARN,
        SignalKind.COPY: _P.NOTICE,
        SignalKind.CUT: _P.NOTICE,
        SignalKind.PASTE: _P.NOTICE,
        SignalKind.CONTEXT_MENU: _P.IGNORE,
        SignalKind.PRINT: _P.NOTICE,
        SignalKind.DEVTOOLS: _P.NOTICE,
        SignalKind.SECOND_SCREEN: _P.NOTICE,
        SignalKind.OFFLINE: _P.IGNORE,
        SignalKind.CAMERA_CHANGED: _P.NOTICE,
        SignalKind.VIRTUAL_CAMERA: _P.ALERT,
        SignalKind.SECOND_DEVICE: _P.NOTICE,
    }
)
"""Kinds that are not named (visible, focus, online ...) end an episode or only inform."""

EVENT_OF: Mapping[SignalKind, EventType] = MappingProxyType(
    {
        SignalKind.HIDDEN: EventType.TAB_SWITCH,
        SignalKind.BLUR: EventType.WINDOW_BLUR,
        SignalKind.FULLSCREEN_EXIT: EventType.FULLSCREEN_EXIT,
        SignalKind.COPY: EventType.CLIPBOARD,
        SignalKind.CUT: EventType.CLIPBOARD,
        SignalKind.PASTE: EventType.CLIPBOARD,
        SignalKind.CONTEXT_MENU: EventType.CONTEXT_MENU,
        SignalKind.PRINT: EventType.PRINT,
        SignalKind.DEVTOOLS: EventType.DEVTOOLS,
        SignalKind.SECOND_SCREEN: EventType.SECOND_SCREEN,
        SignalKind.OFFLINE: EventType.MONITORING_GAP,
        SignalKind.CAMERA_CHANGED: EventType.CAMERA_CHANGED,
        SignalKind.VIRTUAL_CAMERA: EventType.VIRTUAL_CAMERA,
        SignalKind.SECOND_DEVICE: EventType.SECOND_DEVICE,
        SignalKind.TAB_SWITCH: EventType.TAB_SWITCH,
        SignalKind.FACE_UNMATCHED: EventType.IDENTITY_MISMATCH,
        SignalKind.FACE_MISSING: EventType.FACE_ABSENT,
        SignalKind.FACE_UNVERIFIED: EventType.IDENTITY_MISMATCH,
        SignalKind.NOTE: EventType.CLIENT_NOTE,
    }
)
"""The incident that a signal opens, where the exam's policy does not ignore it."""

ENDS: Mapping[SignalKind, SignalKind] = MappingProxyType(
    {
        SignalKind.VISIBLE: SignalKind.HIDDEN,
        SignalKind.FOCUS: SignalKind.BLUR,
        SignalKind.FULLSCREEN_ENTER: SignalKind.FULLSCREEN_EXIT,
        SignalKind.SECOND_SCREEN_GONE: SignalKind.SECOND_SCREEN,
        SignalKind.ONLINE: SignalKind.OFFLINE,
        SignalKind.FACE_MATCHED: SignalKind.FACE_UNMATCHED,
    }
)
"""Which signal ends the episode of which; what nothing ends is over in the moment it is told."""

_OTHERS: Mapping[SignalKind, Policy] = MappingProxyType(
    {
        SignalKind.FACE_UNMATCHED: _P.NOTICE,
        SignalKind.FACE_MISSING: _P.NOTICE,
        SignalKind.FACE_UNVERIFIED: _P.NOTICE,
        SignalKind.NOTE: _P.NOTICE,
    }
)
"""What no exam names: another client's word is never more than a notice."""


def policy_of(kind: SignalKind, policies: Mapping[SignalKind, Policy]) -> Policy:
    """What is done about a signal; a tab switch told in one word is treated as a hidden page."""
    if kind is SignalKind.TAB_SWITCH and kind not in policies:
        kind = SignalKind.HIDDEN
    return policies.get(kind, _OTHERS.get(kind, Policy.IGNORE))
