"""The few marks that texts of the documents have, as HTML: paragraphs, `code` and links."""

import re
from html import escape

_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\((/(?!/)[\w./-]*)\)")


def marked(text: str, *, is_line: bool = False) -> str:
    """HTML of a text; what it has of HTML itself is escaped. Links lead to this server only."""
    if is_line:
        return _within(text)
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{_within(part)}</p>\n" for part in parts if part)


def _within(text: str) -> str:
    linked = _LINK.sub(r'<a href="\2">\1</a>', escape(text))
    return _CODE.sub(r"<code>\1</code>", linked)
