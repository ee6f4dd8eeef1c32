"""Fields that save themselves a moment after the last key, and the words that say so."""

from typing import Any, ClassVar

import reflex as rx
from reflex.components.core.banner import has_connection_errors

_asset = rx.asset("autosave.jsx", shared=True)


def _change(name: rx.Var[str], value: rx.Var[str], number: rx.Var[int]) -> list[rx.Var[Any]]:
    return [name, value, number]


def _zone(name: rx.Var[str]) -> list[rx.Var[Any]]:
    return [name]


class AutoField(rx.Component):
    """kind: text, number, area, select, switch or datetime-local. value: text, of a switch "true"
    or "". acked: the highest number of a change that the State has dealt with."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "AutoField"
    name: rx.Var[str]
    kind: rx.Var[str]
    label: rx.Var[str]
    hint: rx.Var[str]
    value: rx.Var[str]
    problem: rx.Var[str]
    acked: rx.Var[int]
    choices: rx.Var[list[list[str]]]
    unit: rx.Var[str]
    suggestions: rx.Var[str]
    placeholder: rx.Var[str]
    min: rx.Var[float]
    max: rx.Var[float]
    step: rx.Var[str]
    max_length: rx.Var[int]
    rows: rx.Var[int]
    disabled: rx.Var[bool]
    hide_label: rx.Var[bool]
    on_save: rx.EventHandler[_change]


class SaveState(rx.Component):
    """problem: what was refused and why, empty if nothing was."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "SaveState"
    acked: rx.Var[int]
    problem: rx.Var[str]
    connected: rx.Var[bool]


class BrowserZone(rx.Component):
    """Tells the time zone of whoever looks."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "BrowserZone"
    on_zone: rx.EventHandler[_zone]


auto_field = AutoField.create
browser_zone = BrowserZone.create


def save_state(acked: Any, problem: Any) -> rx.Component:
    connected = rx.cond(has_connection_errors, False, True)
    return SaveState.create(acked=acked, problem=problem, connected=connected)
