"""What a label says about a rule: yes, no, or nothing.

Left out, as saying nothing: null, "ambiguous", "varies", counts that are no whole number
("1-2", "none clear"), and words between the two poles ("half closed").
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bench.labels import Item, Span
from proctor_app.domain.incident import EventType

NEAR_TRANSITION_S = 1.0
"""Where a clip has intervals for a key, its own label does not hold this near to one of them:
edges are known to 0.15 s, in coarsely labelled clips to 0.5 s."""
_TOUCHING_S = 0.05
"""Intervals nearer to each other than this are one."""

_NOT_SAID = frozenset({"", "ambiguous", "varies", "unknown", "unclear", "unsure", "mixed"})
_AHEAD = ("front", "frontal", "forward", "straight", "center", "centre", "screen")
_TALKING = re.compile(r"talk|speak|speech|conversation", re.IGNORECASE)
_OTHER_MOUTHS = re.compile(
    r"wide|yawn|smil|laugh|pucker|tongue|surpris|\bchew|\beat", re.IGNORECASE
)

Labels = Mapping[str, object]
Judge = Callable[[Labels, str], bool | None]


@dataclass(frozen=True, slots=True)
class Truth:
    """keys: the labels a rule is judged by. judge: reads them, and what was noted beside them."""

    keys: tuple[str, ...]
    judge: Judge


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of media seconds in which the labels say yes or no."""

    from_s: float
    to_s: float
    truth: bool

    @property
    def length_s(self) -> float:
        return self.to_s - self.from_s


def whole(value: object) -> int | None:
    """Read a count; None where it is no whole number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value >= 0 and float(value).is_integer() else None


def _word(value: object) -> str | None:
    word = value.strip().lower() if isinstance(value, str) else ""
    return None if word in _NOT_SAID else word


def _flag(key: str) -> Judge:
    def judge(labels: Labels, _note: str) -> bool | None:
        value = labels.get(key)
        return value if isinstance(value, bool) else None

    return judge


def _faces(wanted: Callable[[int], bool]) -> Judge:
    def judge(labels: Labels, _note: str) -> bool | None:
        count = whole(labels.get("faces_visible"))
        return None if count is None else wanted(count)

    return judge


def _differs_from(key: str, *usual: str) -> Judge:
    """Anything but the usual word is an event: head "left", gaze "off"."""

    def judge(labels: Labels, _note: str) -> bool | None:
        word = _word(labels.get(key))
        return None if word is None else word not in usual

    return judge


def _eyes(labels: Labels, _note: str) -> bool | None:
    return {"closed": True, "open": False}.get(_word(labels.get("eyes")) or "")


def _mouth(labels: Labels, note: str) -> bool | None:
    """An open mouth is speech only where somebody noted so; a yawn or a smile is not."""
    word = _word(labels.get("mouth"))
    if word == "closed":
        return False
    if word != "open":
        return None
    if _TALKING.search(note):
        return True
    return False if _OTHER_MOUTHS.search(note) else None


def _background(labels: Labels, _note: str) -> bool | None:
    """A second body that shows no face of its own; with its face it is multiple_faces."""
    persons, faces = whole(labels.get("persons")), whole(labels.get("faces_visible"))
    if persons is not None and persons <= 1:
        return False
    if persons is None or faces is None:
        return None
    return True if persons > max(faces, 1) else None


def _forbidden(labels: Labels, _note: str) -> bool | None:
    said = [labels[key] for key in ("book", "laptop") if isinstance(labels.get(key), bool)]
    return any(said) if said else None


def _hands(labels: Labels, _note: str) -> bool | None:
    count = whole(labels.get("hands_visible"))
    return None if count is None else count > 0


TRUTHS: Mapping[EventType, Truth] = MappingProxyType(
    {
        EventType.FACE_ABSENT: Truth(("faces_visible",), _faces(lambda count: count == 0)),
        EventType.MULTIPLE_FACES: Truth(("faces_visible",), _faces(lambda count: count >= 2)),
        EventType.BACKGROUND_PERSON: Truth(("persons", "faces_visible"), _background),
        EventType.PHONE: Truth(("phone",), _flag("phone")),
        EventType.FORBIDDEN_OBJECT: Truth(("book", "laptop"), _forbidden),
        EventType.HEAD_TURNED: Truth(("head",), _differs_from("head", *_AHEAD)),
        EventType.GAZE_OFF_SCREEN: Truth(("gaze",), _differs_from("gaze", *_AHEAD)),
        EventType.EYES_CLOSED: Truth(("eyes",), _eyes),
        EventType.MOUTH_MOVEMENT: Truth(("mouth",), _mouth),
        EventType.SPOOF_SUSPECTED: Truth(("spoof",), _flag("spoof")),
        EventType.HAND_GESTURE: Truth(("hands_visible",), _hands),
    }
)


def of_item(item: Item, rule: EventType) -> bool | None:
    """What the labels of a whole picture or clip say."""
    return TRUTHS[rule].judge(item.labels, _words(item))


def segments(item: Item, rule: EventType, duration_s: float) -> tuple[Segment, ...]:
    """The stretches of a clip in which its labels say yes or no, by time, none overlapping.

    An interval that names one of the rule's keys overrides the clip's own label; beside such
    intervals, near a transition, nothing is said.
    """
    truth = TRUTHS[rule]
    spans = sorted(
        (span for span in item.spans if any(key in span.labels for key in truth.keys)),
        key=lambda span: span.from_s,
    )
    found: list[Segment] = []
    whole_clip = of_item(item, rule)
    free_s = 0.0
    for span in spans:
        margin_s = NEAR_TRANSITION_S if free_s > 0 else 0.0
        _add(found, free_s + margin_s, span.from_s - NEAR_TRANSITION_S, whole_clip)
        said = truth.judge({**item.labels, **span.labels}, _words(item, span))
        _add(found, max(span.from_s, free_s), min(span.to_s, duration_s), said)
        free_s = max(free_s, span.to_s)
    _add(found, free_s + (NEAR_TRANSITION_S if spans else 0.0), duration_s, whole_clip)
    return tuple(found)


def at(said: tuple[Segment, ...], time_s: float) -> bool | None:
    """What the labels say of one moment; None in the gaps between them."""
    return next((one.truth for one in said if one.from_s <= time_s <= one.to_s), None)


def _add(found: list[Segment], from_s: float, to_s: float, truth: bool | None) -> None:
    if truth is None or to_s <= from_s:
        return
    last = found[-1] if found else None
    if last is not None and last.truth is truth and from_s - last.to_s <= _TOUCHING_S:
        found[-1] = Segment(last.from_s, to_s, truth)
    else:
        found.append(Segment(from_s, to_s, truth))


def _words(item: Item, span: Span | None = None) -> str:
    """What was noted: of the interval; of a whole item also its name, which often says it."""
    if span is not None:
        note = span.labels.get("note")
        return note if isinstance(note, str) else ""
    notes = item.labels.get("notes")
    return f"{notes if isinstance(notes, str) else ''} {item.path.stem}"
