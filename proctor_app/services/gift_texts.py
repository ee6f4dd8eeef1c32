"""Texts in GIFT files: escapes, and HTML as the Markdown it stands for."""

import re
from collections.abc import Iterator
from html import unescape

_ESCAPED = re.compile(r"\\([\\:#=~{}n])")
_SPECIAL = re.compile(r"[\\:#=~{}]")
_MARK = re.compile(r"\\[\\:#=~{}n]|[{}=~#:]")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,11})(?:\s[^<>]*)?/?>")
_COMMENT = re.compile(r"<!--[^<>]*-->")
_HTML = re.compile(
    r"</?(?:p|br|b|i|u|strong|em|span|div|sub|sup|ul|ol|li|table|img|h[1-6])(?:\s[^<>]*)?/?>", re.I
)
_AS_MARKDOWN = {
    "b": "**",
    "strong": "**",
    "i": "*",
    "em": "*",
    "code": "`",
}
_LINE = frozenset({"br"})
_BLOCK = frozenset(
    "p div ul ol table tr h1 h2 h3 h4 h5 h6 blockquote pre".split()  # noqa: SIM905 - words
)
_MANY_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


class NotConvertible(ValueError):
    """A text has something that Markdown can't say."""


def marks(text: str, wanted: str) -> Iterator[int]:
    """Where one of these characters stands without a backslash before it."""
    for found in _MARK.finditer(text):
        if found[0] in wanted:
            yield found.start()


def plain(text: str) -> str:
    """The text without its escapes."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text).strip()


def escaped(text: str) -> str:
    """The text as it stands in a file, in one line."""
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text).replace("\n", "\\n")


def looks_like_html(text: str) -> bool:
    return _HTML.search(text) is not None


def from_html(text: str) -> str:
    """The Markdown that a piece of HTML stands for, roughly: emphasis, lines, lists.

    Raises NotConvertible where it shows a picture or more.
    """
    text = _TAG.sub(_markdown, _COMMENT.sub("", text))
    return _MANY_LINES.sub("\n\n", unescape(text).replace("\u00a0", " ")).strip()


def _markdown(tag: re.Match[str]) -> str:
    is_end, name = bool(tag[1]), tag[2].lower()
    if name in ("img", "svg", "video", "audio", "object", "iframe", "embed"):
        raise NotConvertible("it shows a picture or a recording, which such a file can't carry")
    if name in _AS_MARKDOWN:
        return _AS_MARKDOWN[name]
    if name == "li":
        return "" if is_end else "\n- "
    if name in _LINE:
        return "\n"
    return "\n\n" if name in _BLOCK else ""
