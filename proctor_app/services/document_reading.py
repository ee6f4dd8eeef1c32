"""JSON documents of exams as they are read: whole, or refused with every place that is wrong, and
within bounds, so that a small request can't cost seconds."""

import re
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from proctor_app.errors import TooLarge
from proctor_app.services.exam_documents import ExamDocument
from proctor_app.services.exam_views import ENOUGH_PROBLEMS, FileInvalid, Problem

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
"""With its pictures; what a request may carry."""
_OBJECT: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])
_MAX_VALUES = 100_000
"""An exam of the largest kind has a fifth of them."""
_MAX_QUOTES = 8 * _MAX_VALUES
_MAX_FIELDS = 100
_MAX_ENTRIES = 1000
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.S)


def read_document(data: bytes) -> ExamDocument:
    """Raises TooLarge; FileInvalid with every place that is wrong, and nothing else whatever the
    bytes are."""
    if len(data) > MAX_DOCUMENT_BYTES:
        raise TooLarge("file_too_large", f"A file has at most {MAX_DOCUMENT_BYTES >> 20} MB.")
    refuse_crowded(data)
    try:
        found = _OBJECT.validate_json(data.removeprefix(b"\xef\xbb\xbf"))
    except ValidationError as error:
        raise _refused(error) from error
    _refuse_wide(found)
    return document_from(found)


def document_from(fields: Mapping[str, object]) -> ExamDocument:
    """A document from fields that were read already: a form's, or a document's with changes.

    Raises FileInvalid.
    """
    try:
        return ExamDocument.model_validate(fields)
    except ValidationError as error:
        raise _refused(error) from error


def refuse_crowded(data: bytes) -> None:
    """Before any is made of the values: a parser holds up everybody until it has ended.

    Raises FileInvalid.
    """
    if _values(data) <= _MAX_VALUES:
        return
    if data.count(b'"') > _MAX_QUOTES or _values(_STRING.sub(b"", data)) > _MAX_VALUES:
        raise FileInvalid((Problem(0, f"The document has more than {_MAX_VALUES} values."),))


def _refuse_wide(document: dict[str, object]) -> None:
    """Before each of many fields or entries is told to be wrong. Raises FileInvalid."""
    rest: list[object] = [document]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            if len(one) > _MAX_FIELDS:
                raise FileInvalid((Problem(0, f"An object has more than {_MAX_FIELDS} fields."),))
            rest.extend(one.values())
        elif isinstance(one, list):
            if len(one) > _MAX_ENTRIES:
                raise FileInvalid((Problem(0, f"A list has more than {_MAX_ENTRIES} entries."),))
            rest.extend(one)


def _values(data: bytes) -> int:
    """How many there are at most: each follows a comma or a bracket."""
    return sum(map(data.count, (b",", b"[", b"{")))


def _refused(error: ValidationError) -> FileInvalid:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    problems = (_problem(one["loc"], one["msg"]) for one in found[:ENOUGH_PROBLEMS])
    return FileInvalid(tuple(problems), "Question")


def _problem(place: tuple[int | str, ...], message: str) -> Problem:
    row = 0
    if len(place) > 1 and place[0] == "questions" and isinstance(place[1], int):
        row, place = place[1] + 1, place[2:]
    where = ".".join(str(part)[:40] for part in place[:6])
    return Problem(row, f"{where}: {message}" if where else message)
