"""The keyboard of a proctor's page: a key presses the button that names it, or enters the field."""

from typing import ClassVar

import reflex as rx

_asset = rx.asset("desk_keys.jsx", shared=True)


class DeskKeys(rx.Component):
    """Elements with ``data-key`` answer to their key; it rests while somebody writes, or while a
    dialog is open."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "DeskKeys"


desk_keys = DeskKeys.create


def key(name: str) -> dict[str, str]:
    """Attributes for an element that answers to a key."""
    shown = {"Escape": "Escape", "?": "?"}.get(name, name.upper())
    return {"data-key": name, "aria-keyshortcuts": shown}


def key_hint(name: str) -> rx.Component:
    """The key, said on its button."""
    return rx.el.kbd(name, class_name="key-hint", aria_hidden="true")
