"""Known bias: the same answers, counted by where the pictures come from and what they show."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from bench.counting import Confusion
from bench.single import Answer, count
from proctor_app.domain.incident import EventType

_LEAST_ANSWERS = 5
"""A group with fewer answers of a rule says nothing about it."""


def _notes(answer: Answer) -> str:
    notes = answer.item.labels.get("notes")
    return f"{notes if isinstance(notes, str) else ''} {answer.item.path.stem}".lower()


def _noted(pattern: str) -> Callable[[Answer], bool]:
    words = re.compile(pattern)
    return lambda answer: bool(words.search(_notes(answer)))


def _size(answer: Answer) -> str:
    width_px = answer.item.labels.get("width")
    if isinstance(width_px, bool) or not isinstance(width_px, int | float):
        return "size not labelled"
    if width_px < 400:
        return "under 400 px wide"
    return "400 to 1280 px wide" if width_px <= 1280 else "over 1280 px wide"


NOTED: Mapping[str, Callable[[Answer], bool]] = MappingProxyType(
    {
        "glasses": _noted(r"glasses"),
        "dark": _noted(r"\bdark|hardly visible"),
        "webcam": _noted(r"webcam"),
        "hand at the face": _noted(r"hand (on|at|covers|raised)|hands raised"),
        "hard negative": _noted(r"hard negative"),
    }
)

Grouped = dict[str, dict[EventType, Confusion]]


def by_source(answers: Iterable[Answer]) -> Grouped:
    """Count by the set or repository a picture comes from."""
    return _group(answers, lambda answer: [answer.item.source])


def by_kind(answers: Iterable[Answer]) -> Grouped:
    """Count by folder, size and what is noted of a picture."""
    return _group(
        answers,
        lambda answer: [
            f"in {answer.item.group}",
            _size(answer),
            *(name for name, holds in NOTED.items() if holds(answer)),
        ],
    )


def _group(answers: Iterable[Answer], names: Callable[[Answer], list[str]]) -> Grouped:
    members: dict[str, list[Answer]] = {}
    for answer in answers:
        for name in names(answer):
            members.setdefault(name, []).append(answer)
    grouped: Grouped = {}
    for name in sorted(members):
        counted = {
            rule: confusion
            for rule, confusion in count(members[name]).items()
            if confusion.count >= _LEAST_ANSWERS
        }
        if counted:
            grouped[name] = counted
    return grouped
