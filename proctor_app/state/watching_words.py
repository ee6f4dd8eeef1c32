"""What the pages say of rules, signals and presets."""

from dataclasses import dataclass

from proctor_app.domain.browser import Policy, SignalKind
from proctor_app.domain.exam import Level, Preset, SecondDevice
from proctor_app.domain.incident import EventType


@dataclass(frozen=True, slots=True)
class Words:
    name: str
    text: str


LEVELS = {
    Level.NONE: Words(
        "Nothing is watched", "Questions and a clock, no camera, no browser signals."
    ),
    Level.BROWSER: Words(
        "The browser", "Leaving the page, full screen, the clipboard and the like; no camera."
    ),
    Level.CAMERA: Words(
        "The browser and the camera", "Pictures are looked at too, and kept only of incidents."
    ),
}
PRESETS = {
    Preset.STRICT: Words(
        "Strict", "Incidents open after shorter times, and each costs a quarter more."
    ),
    Preset.STANDARD: Words("Standard", "The times and costs that were measured on recordings."),
    Preset.LENIENT: Words(
        "Lenient", "Incidents open only after twice the time, and each costs half."
    ),
}
EVENTS = {
    EventType.FACE_ABSENT: "Face not in the picture",
    EventType.MULTIPLE_FACES: "More than one face",
    EventType.BACKGROUND_PERSON: "Somebody in the background",
    EventType.PHONE: "A phone",
    EventType.FORBIDDEN_OBJECT: "A thing that is not allowed",
    EventType.HEAD_TURNED: "Head turned away",
    EventType.GAZE_OFF_SCREEN: "Eyes off the screen",
    EventType.EYES_CLOSED: "Eyes closed",
    EventType.MOUTH_MOVEMENT: "Mouth moves as in speech",
    EventType.HAND_GESTURE: "A hand near the face or held up",
    EventType.FACE_POSITION: "Too near, too far or half out of the picture",
    EventType.IDENTITY_MISMATCH: "Another face than the one signed up",
    EventType.SPOOF_SUSPECTED: "A still or repeated picture",
    EventType.CAMERA_BLOCKED: "Camera covered",
    EventType.FRAME_QUALITY_LOW: "Picture too dark, too bright or blurred",
    EventType.TAB_SWITCH: "Leaving the exam's tab",
    EventType.WINDOW_BLUR: "Another window in use",
    EventType.FULLSCREEN_EXIT: "Leaving the full screen",
    EventType.CLIPBOARD: "Copying, cutting, pasting",
    EventType.SECOND_SCREEN: "A second screen",
    EventType.DEVTOOLS: "Developer tools",
    EventType.PRINT: "Printing",
    EventType.CONTEXT_MENU: "The context menu",
    EventType.CAMERA_CHANGED: "Another camera",
    EventType.VIRTUAL_CAMERA: "A camera made by a program",
    EventType.SECOND_DEVICE: "A second window or device",
}
"""Event types an exam, or an accommodation, can switch off; a gap in the monitoring is always
told."""
SIGNALS = {
    SignalKind.HIDDEN: Words("Leaving the tab", "Another tab or program is in front."),
    SignalKind.BLUR: Words("Another window in use", "The exam is in sight, but not in use."),
    SignalKind.FULLSCREEN_EXIT: Words("Leaving the full screen", "Where it is asked for."),
    SignalKind.COPY: Words("Copying", ""),
    SignalKind.CUT: Words("Cutting", ""),
    SignalKind.PASTE: Words("Pasting", ""),
    SignalKind.CONTEXT_MENU: Words("Context menu", "The right mouse button."),
    SignalKind.PRINT: Words("Printing", ""),
    SignalKind.DEVTOOLS: Words("Developer tools", "Guessed from sizes; it errs now and then."),
    SignalKind.SECOND_SCREEN: Words("A second screen", "Where the browser tells."),
    SignalKind.OFFLINE: Words("No connection", "The gap itself is always told."),
    SignalKind.CAMERA_CHANGED: Words("Another camera", "Or other settings of it."),
    SignalKind.VIRTUAL_CAMERA: Words("A camera made by a program", "By the camera's name."),
    SignalKind.SECOND_DEVICE: Words("A second window or device", "Told by the server itself."),
}
POLICIES = {
    Policy.IGNORE: "Only keep it",
    Policy.NOTICE: "Notice",
    Policy.ALERT: "Alert",
    Policy.WARN: "Notice and warning",
    Policy.PAUSE: "Alert and pause",
}
THINGS = {
    "book": "Books",
    "laptop": "Laptops",
    "tv": "Second screens, televisions",
    "keyboard": "Keyboards",
    "mouse": "Mice",
    "remote": "Remote controls",
}
SECOND_DEVICES = {
    SecondDevice.TAKE_OVER: "The newer one goes on, the older one stops",
    SecondDevice.REFUSE: "The newer one is refused",
}
