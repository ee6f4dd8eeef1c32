"""The catalogue of codes holds what the program raises: read from its source, not from memory."""

import ast
from collections.abc import Iterator
from pathlib import Path

from proctor_app import errors
from proctor_app.api.error_codes import ERROR_CODES, statuses_of
from proctor_app.vision import enrolment

ROOT = Path(errors.__file__).parent
READ = ("services", "api", "domain", "vision", "db")
REJECTIONS = {"FrameRejected", "PhotoRejected"}
NO_ANSWERS = {
    "conflict", "invalid", "too_large", "unsupported", "error",  # of classes that others name
    "models_missing", "detector_unusable", "recording_unreadable", "annotation_failed",
    "outcome_unknown", "no_answer", "filter_too_long", "url_not_valid",
}  # fmt: skip
"""Raised where no route is: at the start, in `analyze`, by the pages alone."""
COMPUTED = {
    "not_published", "not_closed",  # exams.py: the state that is missing
    "internal_error", "method_not_allowed", "not_found", "http_error", "invalid_request",
    "no_route", "foreign_origin",  # answers of the API itself
    *enrolment._PROBLEMS.values(), *enrolment._UNFIT.values(), "face_unclear",
    *(f"{what}_{how}" for what in ("appeal", "answer", "note", "reason", "text")
      for how in ("missing", "too_long")),
}  # fmt: skip
"""Not written as one literal where they are raised."""


def sources() -> Iterator[ast.Module]:
    for path in (*(ROOT.glob("*.py")), *(p for one in READ for p in (ROOT / one).rglob("*.py"))):
        yield ast.parse(path.read_text("utf-8"))


def kinds(trees: list[ast.Module]) -> set[str]:
    """The names of all classes of errors, from ProctorError down."""
    bases = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = {"ProctorError", *REJECTIONS}
    while more := {name for name, its in bases.items() if set(its) & found} - found:
        found |= more
    return found


def literals(trees: list[ast.Module]) -> set[str]:
    """Codes that stand in the source: first arguments, and what a class has as its own."""
    known = kinds(trees)
    found = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found |= _first(node) if node.func.id in known else set()
            elif isinstance(node, ast.ClassDef) and node.name in known:
                found |= _own(node)
    return {code for code in found if code.replace("_", "").isalnum() and code.islower()}


def _first(call: ast.Call) -> set[str]:
    first = call.args[0] if call.args else None
    is_text = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return {first.value} if is_text else set()  # type: ignore[union-attr]


def _own(node: ast.ClassDef) -> set[str]:
    return {
        str(part.value.value)
        for part in node.body
        if isinstance(part, ast.Assign)
        and isinstance(part.value, ast.Constant)
        and [one.id for one in part.targets if isinstance(one, ast.Name)] == ["code"]
    }


def test_every_code_that_is_raised_is_in_the_catalogue_and_no_other() -> None:
    trees = list(sources())
    raised = literals(trees)
    listed = {code for codes in ERROR_CODES.values() for code in codes}

    assert len(raised) > 150
    assert sorted(raised - listed - NO_ANSWERS) == [], "describe it in error_codes.py"
    assert sorted(listed - raised - COMPUTED) == [], "nothing raises it any more"


def test_every_code_has_words_and_a_status() -> None:
    for status, codes in ERROR_CODES.items():
        assert 400 <= status < 600
        for code, told in codes.items():
            assert told.endswith(".")
            assert status in statuses_of(code)
    assert statuses_of("nothing") == ()
