"""Pieces of a report's HTML. Every text goes through ``text``: names, titles, messages and reasons
are strangers' words, and none of them may become markup, or turn around what stands beside it."""

import base64
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from proctor_app.services.report_data import Who

_HIDDEN = re.compile(
    # Control characters, overrides and isolates of the writing direction, halves of characters,
    # and what Unicode says is no character.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
NONE = '<span class="muted">none</span>'


def plain(words: str) -> str:
    """The text without what can't be seen but changes how it, or its neighbours, are shown."""
    return _HIDDEN.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))


def text(words: object) -> str:
    """A text of anybody's as HTML, in a direction of its own."""
    shown = escape(plain(str(words)), quote=True)
    return f"<bdi>{shown}</bdi>" if shown else ""


def said(words: str) -> str:
    """As ``text``, with the lines it was written in."""
    return f'<span class="said">{text(words)}</span>' if plain(words).strip() else NONE


def who(person: Who | None, otherwise: str = "the installation") -> str:
    return f"{text(person.name)} ({escape(person.role)})" if person else escape(otherwise)


def label(code: str) -> str:
    """Our own word for a status, a kind or a verdict: "timed_out" as "Timed out"."""
    return text(code.replace("_", " ").capitalize())


def utc(at: datetime | None) -> str:
    return f'<span class="time">{at:%Y-%m-%d %H:%M:%S}</span>' if at else NONE


def both(at: datetime | None, zone: ZoneInfo, zone_name: str) -> str:
    """A time in UTC and, where it is another one, in the exam's zone."""
    if at is None:
        return NONE
    there = at.astimezone(zone)
    shown = f'<span class="time">{at:%Y-%m-%d %H:%M:%S}</span> UTC'
    if there.replace(tzinfo=None) == at.replace(tzinfo=None):
        return shown
    return f'{shown} · <span class="time">{there:%Y-%m-%d %H:%M:%S}</span> {text(zone_name)}'


def lasting(seconds: float | None) -> str:
    """A length in words: "2 min 05 s"."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest_s = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest_s:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def points(value: float | None) -> str:
    return "not marked" if value is None else f"{value:g}"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of names and values; the values are HTML."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs)
    return f"<dl>{rows}</dl>"


def table(caption: str, heads: Sequence[tuple[str, int]], rows: Iterable[Sequence[str]]) -> str:
    """heads: names with their share of the width in percent, "#" before the name of numbers; rows:
    cells as HTML."""
    body = "".join(f"<tr>{_cells(heads, row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{head(caption, heads)}<tbody>{body}</tbody></table></div>'


def head(caption: str, heads: Sequence[tuple[str, int]]) -> str:
    columns = "".join(f'<col style="width:{share}%">' for _, share in heads)
    names = "".join(
        f'<th scope="col"{_look(name)}>{escape(name.lstrip("#"))}</th>' for name, _ in heads
    )
    return (
        f"<caption>{escape(caption)}</caption><colgroup>{columns}</colgroup>"
        f"<thead><tr>{names}</tr></thead>"
    )


def section(name: str, title: str, *parts: str) -> str:
    body = "\n".join(part for part in parts if part)
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>\n{body}</section>'
    )


def picture(data: bytes, media_type: str, words: str, class_name: str = "") -> str:
    """A picture that stands in the page itself; nothing else is ever fetched for it."""
    encoded = base64.b64encode(data).decode("ascii")
    look = f' class="{class_name}"' if class_name else ""
    alt = escape(plain(words), quote=True)
    return f'<img{look} alt="{alt}" src="data:{media_type};base64,{encoded}">'


def _cells(heads: Sequence[tuple[str, int]], row: Sequence[str]) -> str:
    return "".join(
        f"<td{_look(name)}>{cell}</td>" for (name, _), cell in zip(heads, row, strict=True)
    )


def _look(name: str) -> str:
    return ' class="num"' if name.startswith("#") else ""
