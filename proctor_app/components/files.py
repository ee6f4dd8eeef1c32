"""A file for a route of ours, with its problems in place; and a text to be copied."""

from typing import ClassVar

import reflex as rx

_asset = rx.asset("files.jsx", shared=True)


class ImportFile(rx.Component):
    """action: the route. choice, choices: a parameter of it, pairs of value and words. is_exam:
    the route is told the file's format and name. leads_to: the page of what was made,
    without its id; else on_done is called."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "ImportFile"
    action: rx.Var[str]
    accept: rx.Var[str]
    label: rx.Var[str]
    choice: rx.Var[str]
    choices: rx.Var[list[list[str]]]
    is_exam: rx.Var[bool]
    leads_to: rx.Var[str]
    on_done: rx.EventHandler[rx.event.no_args_event_spec]


class CopyButton(rx.Component):
    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "CopyButton"
    text: rx.Var[str]
    label: rx.Var[str]


import_file = ImportFile.create
copy_button = CopyButton.create
