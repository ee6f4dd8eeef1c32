"""The tiles of the live wall: pictures, ages and clocks that go on by themselves, keys."""

from typing import Any, ClassVar

import reflex as rx

_parts = rx.asset("wall_parts.jsx", shared=True)
_asset = rx.asset("wall_grid.jsx", shared=True)


def _one(value: rx.Var[Any]) -> list[rx.Var[Any]]:
    return [value]


class WallGrid(rx.Component):
    """tiles: Tiles, in their order; size: how many a page shows at most. query: what is asked for;
    tiles that are held keep their places as long as it stays. now_ms: the server's clock when they
    were sent. on_hold: somebody points at the tiles, or no longer does. on_look, on_acknowledge: of
    an attempt."""

    library: ClassVar[str] = _asset.importable_path  # type: ignore[misc]
    tag = "WallGrid"
    tiles: rx.Var[Any]
    now_ms: rx.Var[int]
    size: rx.Var[int]
    query: rx.Var[str]
    viewer: rx.Var[str]
    is_offline: rx.Var[bool]
    on_hold: rx.EventHandler[_one]
    on_look: rx.EventHandler[_one]
    on_acknowledge: rx.EventHandler[_one]


wall_grid = WallGrid.create
