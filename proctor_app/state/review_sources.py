"""How an incident came to be known: by which detector, how sure it was, and why there may be no
picture of it."""

from proctor_app.domain.incident import BROWSER_EVENTS, EventType

_DETECTORS = {
    EventType.FACE_ABSENT: ("face detector", "face_detection"),
    EventType.MULTIPLE_FACES: ("face detector", "face_detection"),
    EventType.FACE_POSITION: ("face detector", "face_detection"),
    EventType.BACKGROUND_PERSON: ("object detector", "object_detector"),
    EventType.PHONE: ("object detector", "object_detector"),
    EventType.FORBIDDEN_OBJECT: ("object detector", "object_detector"),
    EventType.HEAD_TURNED: ("face landmarks", "face_landmarker"),
    EventType.GAZE_OFF_SCREEN: ("face landmarks", "face_landmarker"),
    EventType.EYES_CLOSED: ("face landmarks", "face_landmarker"),
    EventType.MOUTH_MOVEMENT: ("face landmarks", "face_landmarker"),
    EventType.HAND_GESTURE: ("hand detector", "gesture_recognizer"),
    EventType.IDENTITY_MISMATCH: ("comparison with the face at sign-up", ""),
    EventType.SPOOF_SUSPECTED: ("comparison of successive pictures", ""),
    EventType.CAMERA_BLOCKED: ("brightness and sharpness of the picture", ""),
    EventType.FRAME_QUALITY_LOW: ("brightness and sharpness of the picture", ""),
}


def certainty(event_type: EventType, confidence: float) -> str:
    if event_type in BROWSER_EVENTS:
        return "told by the browser"
    if event_type is EventType.MONITORING_GAP:
        return "noted by the server"
    return f"confidence {confidence:.2f}"


def detector(event_type: EventType, models: str) -> str:
    """Which part noticed it, by its own name where the incident kept that."""
    words, stem = _DETECTORS.get(event_type, ("", ""))
    if not words:
        return ""
    kept = next((m.strip() for m in models.split(",") if stem and m.strip().startswith(stem)), "")
    return f"Detector: {words} ({kept})." if kept else f"Detector: {words}."


def no_picture(event_type: EventType) -> str:
    if event_type in BROWSER_EVENTS:
        return "The candidate's browser told this. There is no picture of it."
    if event_type is EventType.MONITORING_GAP:
        return "No picture arrived in this time, so there is none. That alone says nothing."
    return "No picture is kept of this incident. It was never taken, or it has been removed."
