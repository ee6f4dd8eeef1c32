"""The list of exams is sorted by indexes, however many there are."""

from pathlib import Path

import pytest

from bench.exams import fill, measure, plans
from tests.world import World, build

COUNT = 300


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> World:
    world = build(tmp_path, sqlite_url)
    fill(world.database, COUNT)
    return world


def test_given_any_sorting_then_an_index_finds_the_page_and_nothing_is_sorted(
    world: World,
) -> None:
    found = dict(plans(world, COUNT))

    assert len(found) == 4
    for name, plan in found.items():
        assert "USING INDEX" in plan, name
        assert "TEMP B-TREE" not in plan, name
        assert plan.startswith("SEARCH" if name.startswith("middle") else "SCAN"), name
    world.database.close()


def test_given_exams_then_every_figure_is_a_time(world: World) -> None:
    found = measure(world, COUNT)

    assert len({name for name, _ in found}) == len(found)
    assert all(taken_ms > 0 for _, taken_ms in found)
    world.database.close()
