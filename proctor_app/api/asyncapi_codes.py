"""What the WebSocket closes with, and what it answers to a message that does not serve."""

CLOSES: dict[int, str] = {
    1000: "The attempt has ended (`stopped`).",
    1009: "Five messages in a row were too large.",
    1013: "Not now: the database does not answer, or there are too many connections.",
    4401: "Not authenticated: no ticket in time, or one that is unknown, used, expired or no ticket"
    " at all; later, that the log-in it came from has ended.",
    4403: "Not allowed: another's path, or a page of another site.",
    4409: "Replaced by a newer connection of the same attempt.",
}
ERRORS: dict[str, str] = {
    "already_authenticated": "The connection is in use; a ticket is sent once.",
    "attempt_ended": "The attempt has ended, and nothing of it may come any more.",
    "attempt_not_running": "The attempt does not take frames now.",
    "attempt_paused": "The attempt is paused.",
    "bad_event": "An event has no kind, or a field is not valid.",
    "bad_seq": "`seq` is no whole number from 0 on.",
    "camera_not_used": "The exam does not use the camera.",
    "database_unavailable": "The database does not answer; the frame was not kept.",
    "frame_dimensions": "The picture has more pixels than it may.",
    "frame_empty": "The message has no bytes.",
    "frame_failed": "The frame could not be looked at.",
    "frame_not_an_image": "The message is neither a JPEG nor a PNG.",
    "frame_too_large": "The message is too large.",
    "frame_truncated": "The picture ends too soon.",
    "frame_undecodable": "The picture is damaged.",
    "illegal_state": "The attempt moved on in this very moment; it does not take this any more.",
    "image_missing": "`image` is no text.",
    "malformed_base64": "The text is no base64.",
    "malformed_json": "The text begins with { and is no JSON object.",
    "no_attempt": "The attempt is not kept any more.",
    "not_allowed": "This log-in may not send for the attempt any more.",
    "seb_required": "The exam is sat in Safe Exam Browser; this log-in has not shown it.",
    "throttled": "Too many messages at once; this one was let go.",
    "unknown_type": "The object's `type` is none that a client sends.",
    "value_not_storable": "An event has characters or a size that can't be kept.",
    "vision_failed": "The frame could not be looked at.",
}
