"""What an Accept header asks for (RFC 9110, section 12.5.1); pure."""

import re

_RANGE = re.compile(r"\s*([\w!#$&^.+*-]+)/([\w!#$&^.+*-]+)\s*((?:;[^;]*)*)")
_QUALITY = re.compile(r";\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?=;|$)", re.IGNORECASE)
_OF_ANY_QUALITY = re.compile(r";\s*q\s*=", re.IGNORECASE)
_Wish = tuple[float, int]
"""How much something is wanted, 0 to 1, and how closely it was named: 2 by its name, 1 by its kind
(``text/*``), 0 by ``*/*`` or not at all."""


def wants_page(accept: str) -> bool:
    """Tell whether somebody would rather have a page (``text/html``) than a document (JSON).

    The higher q wins; of two that are alike, the one more closely named; of two named alike, the
    page, which is what a browser asks for by name and a program does not. ``*/*`` and no header at
    all name nothing: a document. What can't be read is passed over.
    """
    ranges = [found for part in accept.split(",") if (found := _read(part))]
    page, document = _wish(ranges, "text", "html"), _wish(ranges, "application", "json")
    return page[0] > 0 and page[1] > 0 and page >= document


def _read(part: str) -> tuple[str, str, float] | None:
    found = _RANGE.fullmatch(part)
    if found is None:
        return None
    kind, name, parameters = found[1].lower(), found[2].lower(), found[3]
    quality = _QUALITY.search(parameters)
    if quality is None and _OF_ANY_QUALITY.search(parameters):
        return None
    return kind, name, float(quality[1]) if quality else 1.0


def _wish(ranges: list[tuple[str, str, float]], kind: str, name: str) -> _Wish:
    """The closest range that covers the type says how much it is wanted."""
    for closeness, covers in ((2, (kind, name)), (1, (kind, "*")), (0, ("*", "*"))):
        named = [quality for *of, quality in ranges if tuple(of) == covers]
        if named:
            return max(named), closeness
    return 0.0, 0
