"""Once more, where the database gave a transaction up for another one's sake."""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import ParamSpec, TypeVar

from proctor_app.db.session import Contended

_TRIES_BEFORE = 2
_Given = ParamSpec("_Given")
_Found = TypeVar("_Found")


def again(work: Callable[_Given, _Found]) -> Callable[_Given, _Found]:
    """Do the same anew where it was Contended, twice at the most. For what is one transaction:
    of it nothing was written then."""

    @wraps(work)
    def tried(*given: _Given.args, **named: _Given.kwargs) -> _Found:
        for _ in range(_TRIES_BEFORE):
            with suppress(Contended):
                return work(*given, **named)
        return work(*given, **named)

    return tried
