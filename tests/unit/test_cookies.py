"""The session cookie is found among whatever other applications on the host have set."""

import pytest

from proctor_app import cookies


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("", ""),
        ("proctor_session=abc.def-_", "abc.def-_"),
        ("a=1; proctor_session=abc; b=2", "abc"),
        ('proctor_session="abc"', "abc"),
        ("proctor_session=", ""),
        ("proctor_session", ""),
        ("not_proctor_session=abc", ""),
        ("Proctor_Session=abc", ""),
        ("proctor_session=abc; proctor_session=def", "abc"),
        ('prefs={"theme": "dark"}; proctor_session=abc', "abc"),
        ("proctor_session=abc; a cookie of two words", "abc"),
        ("x@y=1;;; =2; proctor_session=abc", "abc"),
        ("name=Jürgen; proctor_session=abc", "abc"),
    ],
)
def test_given_a_cookie_header_then_our_token_is_found_in_it(header: str, token: str) -> None:
    assert cookies.read(header) == token
