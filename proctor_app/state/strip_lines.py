"""What the rules saw, second by second, as lines of one figure; unknown is a gap in them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import plotly.graph_objects as go

from proctor_app.domain.incident import EventType
from proctor_app.services.traces import Trace
from proctor_app.vision.rules import DEFAULT_RULES

SHORT = {
    EventType.FACE_ABSENT: "No face",
    EventType.MULTIPLE_FACES: "Several faces",
    EventType.BACKGROUND_PERSON: "Background",
    EventType.PHONE: "Phone",
    EventType.FORBIDDEN_OBJECT: "Object",
    EventType.HEAD_TURNED: "Head",
    EventType.GAZE_OFF_SCREEN: "Gaze",
    EventType.EYES_CLOSED: "Eyes closed",
    EventType.MOUTH_MOVEMENT: "Mouth",
    EventType.HAND_GESTURE: "Hands",
    EventType.FACE_POSITION: "Position",
    EventType.IDENTITY_MISMATCH: "Identity",
    EventType.SPOOF_SUSPECTED: "Still picture",
    EventType.CAMERA_BLOCKED: "Covered",
    EventType.FRAME_QUALITY_LOW: "Quality",
    EventType.MONITORING_GAP: "Monitoring",
    EventType.TAB_SWITCH: "Tab",
    EventType.WINDOW_BLUR: "Window",
    EventType.FULLSCREEN_EXIT: "Full screen",
    EventType.CLIPBOARD: "Clipboard",
    EventType.SECOND_SCREEN: "2nd screen",
    EventType.DEVTOOLS: "Dev tools",
    EventType.PRINT: "Printing",
    EventType.CONTEXT_MENU: "Menu",
    EventType.CAMERA_CHANGED: "New camera",
    EventType.VIRTUAL_CAMERA: "Camera",
    EventType.SECOND_DEVICE: "2nd device",
    EventType.CLIENT_NOTE: "Note",
}
"""Names that fit beside a strip on a narrow screen."""
GRID = "rgba(128,128,128,0.2)"
_MAX_STRIPS = 10
_STIRRED = 0.3
"""A rule whose score never came to this has no strip; the face always has one."""
_ORIGIN = datetime(1970, 1, 1)  # noqa: DTZ001 - an axis from 0:00:00 on is a clock of its own
_ENTER = {spec.event_type: round(spec.enter * 100) for spec in DEFAULT_RULES}


@dataclass(frozen=True, slots=True)
class Axis:
    """start: of the attempt, where the axis begins at 0:00:00; end: where it ends for now."""

    start: datetime
    end: datetime

    def at(self, moment: datetime) -> str:
        return (_ORIGIN + (moment - self.start)).isoformat(timespec="milliseconds")


def stirred(trace: Trace) -> list[EventType]:
    """The face, and the rules that stirred, in their usual order."""
    found: list[EventType] = [
        kind
        for kind in SHORT
        if kind in trace.scores
        and kind is not EventType.MONITORING_GAP
        and (kind is EventType.FACE_ABSENT or _most(trace.scores[kind]) >= _STIRRED)
    ]
    return found[:_MAX_STRIPS]


def strip(
    figure: go.Figure,
    trace: Trace,
    kind: EventType,
    number: int,
    axis: Axis,
    domain: tuple[float, float],
) -> None:
    scores = [None if one is None else round(one * 100) for one in trace.scores[kind]]
    _line(figure, trace, number, axis, scores, "#4f7cac", " %")
    enter = _ENTER.get(kind)
    figure.update_layout(
        {
            f"yaxis{number}": {
                **_strip_axis(SHORT[kind], domain),
                "range": [0, 105],
                "tickvals": [50],
                "minor": {"tickvals": [enter], "showgrid": True, "griddash": "dot"}
                if enter
                else {},
            }
        }
    )


def rate(
    figure: go.Figure, trace: Trace, number: int, axis: Axis, domain: tuple[float, float]
) -> None:
    most = max(1.0, _most(trace.frames))
    _line(
        figure, trace, number, axis, list(trace.frames), "#6f8f72",
        " pictures a second",
    )  # fmt: skip
    figure.update_layout(
        {
            f"yaxis{number}": {
                **_strip_axis("Pictures / s", domain),
                "range": [0, most * 1.1],
                "tickvals": [most / 2],
            }
        }
    )


def _line(
    figure: go.Figure,
    trace: Trace,
    number: int,
    axis: Axis,
    values: list[int | None],
    colour: str,
    unit: str,
) -> None:
    """Unknown stays a gap in the line."""
    figure.add_scatter(
        x0=axis.at(trace.start),
        dx=trace.step_s * 1000,
        y=values,
        yaxis=f"y{number}",
        mode="lines+markers" if _has_lone(values) else "lines",
        marker={"size": 3},
        line={"color": colour, "width": 1.5, "shape": "hv"},
        connectgaps=False,
        showlegend=False,
        hovertemplate="%{x|%-H:%M:%S}: %{y}" + unit + "<extra></extra>",
    )


def _has_lone(values: Sequence[int | None]) -> bool:
    """Whether a value stands between unknown ones, where no line could show it."""
    padded = [None, *values, None]
    return any(
        here is not None and before is None and after is None
        for before, here, after in zip(padded, values, padded[2:], strict=False)
    )


def _strip_axis(name: str, domain: tuple[float, float]) -> dict[str, object]:
    return {
        "domain": domain,
        "anchor": "x",
        "automargin": True,
        "fixedrange": True,
        "showgrid": False,
        "zeroline": True,
        "zerolinecolor": GRID,
        "ticktext": [name],
    }


def _most(values: Iterable[float | None]) -> float:
    return max((one for one in values if one is not None), default=0.0)
