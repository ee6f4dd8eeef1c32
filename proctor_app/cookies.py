"""The session cookie's name, and how to find it: routes set it, State handlers read it."""

from http.cookies import CookieError, SimpleCookie

NAME = "proctor_session"


def read(header: str) -> str:
    """The token in a Cookie header, empty where there is none."""
    try:
        morsel = SimpleCookie(header).get(NAME)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
