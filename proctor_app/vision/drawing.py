"""Boxes, words and a time line in a picture, in the colours of the product's pages."""

from collections.abc import Sequence

import cv2
import numpy as np

from proctor_app.domain.incident import Severity, Transition
from proctor_app.vision.frame import Pixels
from proctor_app.vision.observation import Box

Colour = tuple[int, int, int]
"""Blue, green, red, as OpenCV has it."""


def _bgr(code: str) -> Colour:
    return int(code[4:6], 16), int(code[2:4], 16), int(code[0:2], 16)


# The dark tokens of the pages' design.
PANEL, LINE, TEXT = _bgr("12161d"), _bgr("2b3440"), _bgr("e6eaf0")
ACCENT, OK, NOTICE = _bgr("8aa4ff"), _bgr("5fd0a0"), _bgr("f2c265")
ALERT, UNKNOWN = _bgr("ff8f86"), _bgr("98a4b5")
_SEVERITY = {Severity.ALERT: ALERT, Severity.NOTICE: NOTICE}

_REGULAR, _BOLD = 400, 600
_BASE_WIDTH_PX = 640
_TEXT_PX = 15
_ROW_PX = 26
_ROWS = 3
_BAR_PX = 8
_MARGIN_PX = 12
_MAX_SHOWN = 3


def panel_height_px(width_px: int) -> int:
    """How high the panel below a picture of this width is; an even number."""
    unit = _unit(width_px)
    return round(((_ROWS * _ROW_PX) + _BAR_PX + 2 * _MARGIN_PX) * unit / 2) * 2


def clock(time_s: float) -> str:
    """Minutes and seconds with a tenth: 1:03.2."""
    minutes, tenths = divmod(round(time_s * 10), 600)
    return f"{minutes}:{tenths // 10:02d}.{tenths % 10}"


def _unit(width_px: int) -> float:
    return min(1.8, max(0.75, width_px / _BASE_WIDTH_PX))


class Painter:
    """Draws on pictures of one recording. incidents: all of it, closed."""

    def __init__(self, width_px: int, incidents: Sequence[Transition], duration_s: float) -> None:
        self._width_px = width_px
        self._unit = _unit(width_px)
        self._incidents = tuple(incidents)
        self._duration_s = max(duration_s, 1e-6)
        self._font = cv2.FontFace("sans")

    def box(self, canvas: Pixels, box: Box, text: str, colour: Colour) -> None:
        """Draw a box with a word at its upper edge."""
        x0_px, y0_px, x1_px, y1_px = (
            round(value) for value in (box.x0_px, box.y0_px, box.x1_px, box.y1_px)
        )
        thick_px = max(1, round(2 * self._unit))
        cv2.rectangle(canvas, (x0_px, y0_px), (x1_px, y1_px), colour, thick_px, cv2.LINE_AA)
        size_px, pad_px = self._px(13), self._px(4)
        width_px = self._text_width(text, size_px, _BOLD) + 2 * pad_px
        height_px = size_px + 2 * pad_px
        left_px = min(max(0, x0_px), max(0, self._width_px - width_px))
        top_px = max(0, y0_px - height_px)
        cv2.rectangle(
            canvas, (left_px, top_px), (left_px + width_px, top_px + height_px), colour, cv2.FILLED
        )
        self._text(canvas, text, (left_px + pad_px, top_px + pad_px + size_px - self._px(2)),
                   PANEL, size_px, _BOLD)  # fmt: skip

    def panel(self, canvas: Pixels, top_px: int, time_s: float, status: str) -> None:
        """Fill what is below the picture: time, what is seen, open incidents, the time line."""
        canvas[top_px:] = PANEL
        left_px, right_px = self._px(_MARGIN_PX), self._width_px - self._px(_MARGIN_PX)
        size_px, row_px = self._px(_TEXT_PX), self._px(_ROW_PX)
        base_px = top_px + self._px(_MARGIN_PX) + size_px
        shown = f"{clock(time_s)} of {clock(self._duration_s)}"
        self._text(canvas, shown, (left_px, base_px), TEXT, size_px, _BOLD)
        colour = {"face visible": OK}.get(status, UNKNOWN if "judged" in status else NOTICE)
        width_px = self._text_width(status, size_px, _REGULAR)
        self._text(canvas, status, (right_px - width_px, base_px), colour, size_px, _REGULAR)
        self._running(canvas, base_px + row_px, time_s, left_px, right_px)
        bottom_px = canvas.shape[0] - self._px(_MARGIN_PX)
        self._timeline(canvas, bottom_px - self._px(_BAR_PX), bottom_px, time_s)

    def _running(
        self, canvas: Pixels, base_px: int, time_s: float, left_px: int, right_px: int
    ) -> None:
        """Two rows for the incidents that stand at this time, alerts first."""
        size_px = self._px(_TEXT_PX)
        now = [
            one for one in self._incidents if one.start_s <= time_s <= (one.end_s or one.start_s)
        ]
        if not now:
            self._text(canvas, "no incident", (left_px, base_px), UNKNOWN, size_px, _REGULAR)
            return
        now.sort(key=lambda one: (one.severity is not Severity.ALERT, one.start_s))
        x_px, row = left_px, 0
        for i, one in enumerate(now):
            text = f"{one.severity.value}: {one.event}"
            width_px = size_px + self._text_width(text, size_px, _BOLD) + self._px(18)
            if x_px > left_px and x_px + width_px > right_px:
                x_px, row = left_px, row + 1
            if row > 1 or i >= _MAX_SHOWN:
                break
            y_px = base_px + row * self._px(_ROW_PX)
            self._sign(canvas, one.severity, x_px, y_px, size_px)
            at_px = (x_px + size_px + self._px(2), y_px)
            self._text(canvas, text, at_px, _SEVERITY[one.severity], size_px, _BOLD)
            x_px += width_px

    def _sign(
        self, canvas: Pixels, severity: Severity, x_px: int, base_px: int, size_px: int
    ) -> None:
        """A triangle for an alert, a disc for a notice: never colour alone."""
        high_px = round(size_px * 0.75)
        if severity is Severity.ALERT:
            corners = [(x_px, base_px), (x_px + high_px, base_px),
                       (x_px + high_px // 2, base_px - high_px)]  # fmt: skip
            points = np.array([corners], np.int32)
            cv2.fillPoly(canvas, [points], ALERT, cv2.LINE_AA)
        else:
            radius_px = high_px // 2
            middle = (x_px + radius_px, base_px - radius_px)
            cv2.circle(canvas, middle, radius_px, NOTICE, cv2.FILLED, cv2.LINE_AA)

    def _timeline(self, canvas: Pixels, top_px: int, bottom_px: int, time_s: float) -> None:
        left_px, right_px = self._px(_MARGIN_PX), self._width_px - self._px(_MARGIN_PX)

        def x_at(at_s: float) -> int:
            share = min(1.0, max(0.0, at_s / self._duration_s))
            return left_px + round(share * (right_px - left_px))

        cv2.rectangle(canvas, (left_px, top_px), (right_px, bottom_px), LINE, cv2.FILLED)
        for severity in (Severity.NOTICE, Severity.ALERT):
            for one in self._incidents:
                if one.severity is severity:
                    end_px = max(x_at(one.start_s) + 2, x_at(one.end_s or one.start_s))
                    corners = (x_at(one.start_s), top_px), (end_px, bottom_px)
                    cv2.rectangle(canvas, *corners, _SEVERITY[severity], cv2.FILLED)
        x_px = x_at(time_s)
        above_px = self._px(3)
        cv2.rectangle(
            canvas,
            (x_px - 1, top_px - above_px),
            (x_px + 1, bottom_px + above_px),
            TEXT,
            cv2.FILLED,
        )

    def _px(self, value: float) -> int:
        return max(1, round(value * self._unit))

    def _text_width(self, text: str, size_px: int, weight: int) -> int:
        _, _, width_px, _ = cv2.getTextSize((0, 0), text, (0, 0), self._font, size_px, weight)
        return int(width_px)

    def _text(
        self,
        canvas: Pixels,
        text: str,
        at_px: tuple[int, int],
        colour: Colour,
        size_px: int,
        weight: int,
    ) -> None:
        cv2.putText(canvas, text, at_px, colour, self._font, size_px, weight)
