"""The examples of the OpenAPI document, and where in it each one stands."""

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

Document = dict[str, Any]
_EXAMPLES = Path(__file__).with_name("examples.json")


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """schemas: an example by the name of each schema; operations: those of single operations, by
    the schema's name or, of what has none, by the kind of the body or answer."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(_EXAMPLES.read_text("utf-8"))
    return found


def give_examples(content: Mapping[str, Document], name: str) -> None:
    """Each body or answer of an operation its example. name: the operation's."""
    for kind, media in content.items():
        _give(media, examples()["operations"].get(name, {}), kind)


def fill_in(schema: Document, example: Mapping[str, Any]) -> None:
    """A form's fields their examples: by these, not by the form's own, the document's page fills
    it in. A file is chosen, so it has none; the page lets choose where the format says binary."""
    for name, field in schema["properties"].items():
        file = field.get("items", field)
        if "contentMediaType" in file:
            file["format"] = "binary"
        elif name in example:
            field["examples"] = [example[name]]


def page(heading: str, *paragraphs: str) -> str:
    """What a small page of ours looks like to a program."""
    told = "".join(f"<p>{one}</p>" for one in paragraphs)
    return f'<!doctype html><html lang="en"><body><h1>{heading}</h1>{told}</body></html>'


def _give(media: Document, own: Mapping[str, Any], kind: str) -> None:
    """An example from the schema's, or two where it can be one of two."""
    known = examples()["schemas"]
    found = {one: own.get(one, known.get(one)) for one in _named(media.get("schema", {}))}
    found = {one: example for one, example in found.items() if example is not None}
    if len(found) == 1:
        media["example"] = copy.deepcopy(next(iter(found.values())))
    elif found:
        media["examples"] = {one: {"value": copy.deepcopy(it)} for one, it in found.items()}
    elif kind in own:
        media["example"] = copy.deepcopy(own[kind])


def _named(schema: Mapping[str, Any]) -> list[str]:
    """The names of the schemas that a document can be of."""
    if "$ref" in schema:
        return [str(schema["$ref"]).rpartition("/")[2]]
    return [name for part in schema.get("anyOf", ()) for name in _named(part)]
