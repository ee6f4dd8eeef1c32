"""A frame that came as a state event: a data URL, capped before it is decoded."""

import base64
import binascii

from proctor_app.errors import Invalid, TooLarge
from proctor_app.vision.frame import FRAME_LIMITS

_MAX_CHARACTERS = FRAME_LIMITS.max_bytes * 4 // 3 + 256


def decode_data_url(text: str) -> bytes:
    """The bytes behind ``data:image/...;base64,``. Raises TooLarge or Invalid."""
    if not isinstance(text, str):
        raise Invalid("frame_not_text", "The frame is not a data URL.")
    if len(text) > _MAX_CHARACTERS:
        raise TooLarge("frame_too_large", f"A frame has at most {FRAME_LIMITS.max_bytes} bytes.")
    head, _, body = text.partition(",")
    if not head.startswith("data:"):
        raise Invalid("frame_not_data_url", "The frame is not a data URL.")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("malformed_base64", "The frame is not valid base64.") from error
