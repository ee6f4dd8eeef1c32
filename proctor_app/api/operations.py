"""Every operation by its method and path. A test fails where a route is not here."""

from collections.abc import Mapping

from proctor_app.api.operation import Operation
from proctor_app.api.operations_attempts import ATTEMPTS
from proctor_app.api.operations_exams import EXAMS
from proctor_app.api.operations_partners import PARTNERS
from proctor_app.api.operations_people import PEOPLE

OPERATIONS: Mapping[str, Operation] = PEOPLE | EXAMS | ATTEMPTS | PARTNERS


def fallback(name: str) -> Operation:
    """An operation that nobody described yet, named for its function."""
    first, *rest = name.split("_")
    words = " ".join((first, *rest))
    return Operation(first + "".join(map(str.title, rest)), words.capitalize(), "not_allowed")
