"""The fields of an exam's pages: how each is shown as text, and what a text makes of the exam."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from proctor_app.domain.browser import DEFAULT_POLICIES, Policy, SignalKind
from proctor_app.domain.exam import (
    MAX_ATTEMPTS,
    MAX_GRACE_S,
    MAX_HOLD_S,
    MAX_MINUTES,
    MAX_RETENTION_DAYS,
    MAX_REVIEWERS,
    MAX_RULE_POINTS,
    Access,
    ExamContent,
    ExamTerms,
    Level,
    Preset,
    Results,
    RuleChange,
    SecondDevice,
)
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import as_number
from proctor_app.errors import Invalid

MAX_VALUE = 10_000
Reader = Callable[[str], Any]
"""From a field's text to what the exam has in its place. Raises Invalid."""
THINGS = ("book", "laptop", "tv", "keyboard", "mouse", "remote")
"""What the detectors know beside phones and people, which have rules of their own."""
RULES = (
    EventType.FACE_ABSENT,
    EventType.MULTIPLE_FACES,
    EventType.BACKGROUND_PERSON,
    EventType.PHONE,
    EventType.FORBIDDEN_OBJECT,
    EventType.HEAD_TURNED,
    EventType.GAZE_OFF_SCREEN,
    EventType.EYES_CLOSED,
    EventType.MOUTH_MOVEMENT,
    EventType.HAND_GESTURE,
    EventType.FACE_POSITION,
    EventType.IDENTITY_MISMATCH,
    EventType.SPOOF_SUSPECTED,
    EventType.CAMERA_BLOCKED,
    EventType.FRAME_QUALITY_LOW,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an exam's fields change. code: as it stands, for the terms may leave it out."""

    content: ExamContent
    terms: ExamTerms


def values(parts: Parts) -> dict[str, str]:
    """Every field's text by its name."""
    found = {name: _shown(getattr(parts.content, name)) for name in _CONTENT}
    found |= {name: _shown(getattr(parts.terms, name)) for name in _TERMS}
    found |= {name: _local(getattr(parts.terms, name), parts.terms) for name in _TIMES}
    found |= {f"forbidden.{thing}": _shown(thing in parts.content.forbidden) for thing in THINGS}
    found["time_zone"] = parts.terms.time_zone
    for event_type in RULES:
        found |= dict(_rule_values(event_type, parts.content))
    for kind, usual in DEFAULT_POLICIES.items():
        found[f"signal.{kind.value}"] = parts.content.signals.get(kind, usual).value
    return found


def changed(parts: Parts, name: str, text: str) -> Parts:
    """What the exam is once the field has this text. Raises Invalid where there is no such field,
    or the text is none that it can have."""
    text = text[:MAX_VALUE].strip()
    group, _, rest = name.partition(".")
    if name in _CONTENT:
        return replace(parts, content=replace(parts.content, **{name: _CONTENT[name](text)}))
    if name in _TERMS:
        return replace(parts, terms=replace(parts.terms, **{name: _TERMS[name](text)}))
    if name in _TIMES:
        at = _utc(text, parts.terms)
        is_start = name == "opens_at"
        terms = (
            replace(parts.terms, opens_at=at) if is_start else replace(parts.terms, closes_at=at)
        )
        return replace(parts, terms=terms)
    if name == "time_zone":
        return replace(parts, terms=_moved(parts.terms, text))
    if group in _GROUPS:
        return replace(parts, content=_GROUPS[group](parts.content, rest, text))
    raise _unknown()


def _rule_values(event_type: EventType, content: ExamContent) -> Iterator[tuple[str, str]]:
    rule = content.rules.get(event_type, RuleChange())
    yield f"rule.{event_type.value}.is_on", _shown(rule.is_on)
    yield f"rule.{event_type.value}.hold_s", _shown(rule.hold_s)
    yield f"rule.{event_type.value}.points", _shown(rule.points)


def _with_rule(content: ExamContent, name: str, text: str) -> ExamContent:
    event_type, _, part = name.partition(".")
    if event_type not in set(RULES) or part not in _RULE_PARTS:
        raise _unknown()
    rules = dict(content.rules)
    rule = rules.pop(EventType(event_type), RuleChange())
    rule = replace(rule, **{part: _RULE_PARTS[part](text)})
    if rule != RuleChange():
        rules[EventType(event_type)] = rule
    return replace(content, rules=rules)


def _with_signal(content: ExamContent, name: str, text: str) -> ExamContent:
    if name not in set(DEFAULT_POLICIES):
        raise _unknown()
    signals = {**content.signals, SignalKind(name): _one_of(Policy)(text)}
    return replace(content, signals=signals)


def _with_thing(content: ExamContent, name: str, text: str) -> ExamContent:
    if name not in THINGS:
        raise _unknown()
    others = tuple(thing for thing in content.forbidden if thing != name)
    return replace(content, forbidden=(*others, name) if text else others)


_GROUPS: Mapping[str, Callable[[ExamContent, str, str], ExamContent]] = {
    "rule": _with_rule,
    "signal": _with_signal,
    "forbidden": _with_thing,
}


def _shown(value: object) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "true"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _local(at: datetime | None, terms: ExamTerms) -> str:
    """As a field for date and time has it, in the exam's own zone."""
    if at is None:
        return ""
    return at.astimezone(ZoneInfo(terms.time_zone)).strftime("%Y-%m-%dT%H:%M")


def _utc(text: str, terms: ExamTerms) -> datetime | None:
    if not text:
        return None
    try:
        local = datetime.fromisoformat(text)
        return local.replace(tzinfo=ZoneInfo(terms.time_zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("field_invalid", "This is no date with a time of day.") from error


def _moved(terms: ExamTerms, zone: str) -> ExamTerms:
    """The same times of day in another zone: nine o'clock stays nine o'clock."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError) as error:
        raise Invalid("field_invalid", "There is no such time zone.") from error
    there = replace(terms, time_zone=zone)
    return replace(
        there,
        opens_at=_utc(_local(terms.opens_at, terms), there),
        closes_at=_utc(_local(terms.closes_at, terms), there),
    )


def _text(text: str) -> str:
    return text


def _title(text: str) -> str:
    if not text:
        raise Invalid("field_invalid", "The exam needs a title.")
    return text


def _code(text: str) -> str:
    if not text:
        raise Invalid("field_invalid", "The exam needs a code.")
    return text.upper()


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text[:9]) <= most:
            raise Invalid("field_invalid", f"Give a whole number from {least} to {most:,}.")
        return int(text)

    return read


def _days(text: str) -> int | None:
    return _whole(1, MAX_RETENTION_DAYS)(text) if text else None


def _up_to(most: float) -> Callable[[str], float | None]:
    def read(text: str) -> float | None:
        if not text:
            return None
        number = as_number(text)
        if number is None or not 0 <= number <= most:
            raise Invalid("field_invalid", f"Give a number from 0 to {most:g}.")
        return number

    return read


def _one_of(kind: type[StrEnum]) -> Reader:
    def read(text: str) -> StrEnum:
        if text not in set(kind):
            raise Invalid("field_invalid", "Choose one of the list.")
        return kind(text)

    return read


def _unknown() -> Invalid:
    return Invalid("field_unknown", "There is no such field.")


_CONTENT: Mapping[str, Reader] = {
    "title": _title,
    "description": _text,
    "duration_minutes": _whole(1, MAX_MINUTES),
    "shuffle_questions": bool,
    "shuffle_options": bool,
    "level": _one_of(Level),
    "preset": _one_of(Preset),
    "candidate_may_pause": bool,
    "identity_check": bool,
    "fullscreen": bool,
    "second_device": _one_of(SecondDevice),
    "grace_s": _whole(0, MAX_GRACE_S),
}
_TERMS: Mapping[str, Reader] = {
    "code": _code,
    "access": _one_of(Access),
    "attempts_allowed": _whole(0, MAX_ATTEMPTS),
    "results": _one_of(Results),
    "retention_days": _days,
    "reviewers": _whole(1, MAX_REVIEWERS),
}
_TIMES = ("opens_at", "closes_at")
_RULE_PARTS: Mapping[str, Reader] = {
    "is_on": bool,
    "hold_s": _up_to(MAX_HOLD_S),
    "points": _up_to(MAX_RULE_POINTS),
}
