"""Geometry of boxes."""

from proctor_app.vision.observation import Box


def area(box: Box) -> float:
    """In square pixels, 0 for one that is turned inside out."""
    return max(0.0, box.width_px) * max(0.0, box.height_px)


def overlap(one: Box, other: Box) -> float:
    """What two boxes share, in square pixels."""
    width_px = min(one.x1_px, other.x1_px) - max(one.x0_px, other.x0_px)
    height_px = min(one.y1_px, other.y1_px) - max(one.y0_px, other.y0_px)
    return max(0.0, width_px) * max(0.0, height_px)


def scaled(box: Box, scale: float) -> Box:
    """The box in a picture that is ``scale`` times as wide and high."""
    return Box(box.x0_px * scale, box.y0_px * scale, box.x1_px * scale, box.y1_px * scale)
