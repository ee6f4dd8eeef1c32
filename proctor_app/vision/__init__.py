"""Vision: frames in, observations and incidents out. Knows no web and no database."""

import os

# Read by OpenCV at import; every picture is capped by its header first, this is the second wall.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(24_000_000))
# Read at the first video: what FFmpeg would print about a broken file, our own errors say.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
