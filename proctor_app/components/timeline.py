"""A figure of an attempt in which an incident can be chosen."""

from typing import Any

import reflex as rx

from proctor_app.components.chart import Chart


def _incident(event: rx.Var[Any]) -> tuple[rx.Var[int]]:
    """What a bar carries first is its incident's id; 0 for everything else."""
    return (rx.Var(f"(Number({event}?.points?.[0]?.customdata?.[0]) || 0)", _var_type=int),)


class Timeline(Chart):
    """on_click: with the id of the incident whose bar it was."""

    on_click: rx.EventHandler[_incident]


def timeline(**shown: Any) -> rx.Component:
    """The figure brings its colours itself."""
    return Timeline.create(template=None, **shown)
