"""Vision: frames in, observations and incidents out. Knows no web and no database."""

import os

# Read by OpenCV at import; every picture is capped by its header first, this is the second wall.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(24_000_000))
