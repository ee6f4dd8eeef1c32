"""The session cookie's name, and how to find it: routes set it, State handlers read it."""

NAME = "proctor_session"


def read(header: str) -> str:
    """The token in a Cookie header, empty where there is none.

    Other applications on the same host set cookies as they like; ``http.cookies`` would give up
    on the whole header for one that is not to its taste.
    """
    pairs = (part.partition("=") for part in header.split(";"))
    return next((value.strip().strip('"') for name, _, value in pairs if name.strip() == NAME), "")
