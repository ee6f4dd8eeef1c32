"""Names and titles: what can be shown of a text."""

_JOINERS = "\u200c\u200d"
"""Zero-width non-joiner and joiner: Persian, Indian scripts and many emoji need them."""
_WITHOUT = dict.fromkeys(map(ord, _JOINERS))


def is_printable(text: str) -> bool:
    """Whether all of it can be shown in a line."""
    return text.translate(_WITHOUT).isprintable()


def one_line(text: str) -> str:
    """The text with single spaces, without spaces and joiners around it."""
    return " ".join(text.split()).strip(f" {_JOINERS}")
