"""The pages' socket goes where the page came from, whatever port was built in."""

import pytest

from proctor_app.api.same_origin import rewrite


@pytest.mark.parametrize(
    ("script", "rewritten"),
    [
        (
            'const e={EVENT:"ws://localhost:8080/_event"}',
            'const e={EVENT:(location.origin.replace(/^http/,"ws")+"/_event")}',
        ),
        ("x=`wss://localhost:9/_event`", 'x=(location.origin.replace(/^http/,"ws")+"/_event")'),
        ("x='https://localhost:80/p'", 'x=(location.origin.replace(/^http/,"http")+"/p")'),
        (
            'a="http://localhost:1/a",b="http://localhost:1/b"',
            'a=(location.origin.replace(/^http/,"http")+"/a"),'
            'b=(location.origin.replace(/^http/,"http")+"/b")',
        ),
    ],
)
def test_given_this_servers_address_then_it_is_built_from_the_pages_origin(
    script: str, rewritten: str
) -> None:
    assert rewrite(script) == rewritten


@pytest.mark.parametrize(
    "script",
    [
        'x="https://react.dev/errors"',
        'x="http://localhost/none"',
        "x=\"ws://localhost:8080/_event'",
        "location.origin",
    ],
)
def test_given_anything_else_then_it_stays_as_it_is(script: str) -> None:
    assert rewrite(script) == script
