"""What a frame costs, against naive use of the same models, and how many candidates fit.

Usage: python -m bench.vision [--frames N] [--rounds N] [--skip-capacity] [--markdown]
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import streams
from bench.comparison import WAYS, Comparison, compare
from bench.tables import Table, publish
from proctor_app.settings import ROOT

OUT = ROOT / "bench" / "out"
_DEFAULT_FRAMES = 2000
_CHILD_LIMIT_S = 3600
_NAIVE_SHARE, _BARE_RATIO, _CANDIDATES_ON_TWO_CORES = 1 / 8, 1.15, 20


@dataclass(frozen=True, slots=True)
class Result:
    """comparison: candidates nobody enrolled; enrolled: the same with identity in its turns.
    endurance, capacity: as their modules print them, empty where skipped."""

    comparison: Comparison
    enrolled: Comparison
    endurance: dict[str, float] = field(default_factory=dict)
    capacity: dict[str, object] = field(default_factory=dict)


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write bench/out/vision.json."""
    options = _parser().parse_args(arguments)
    frames = streams.load()
    _say(f"comparing on {sum(len(one.frames) for one in frames)} frames of {len(frames)} streams")
    comparison = compare(frames, options.models, options.rounds)
    enrolled = compare(frames, options.models, options.rounds, enrolled=True, naive=False)
    endurance: dict[str, float] = {}
    if options.frames:
        _say(f"following four candidates for {options.frames} frames")
        endurance = _child("bench.endurance", options.models, str(options.frames))
    capacity: dict[str, object] = {}
    if not options.skip_capacity:
        _say("adding candidates until the machine is full")
        capacity = _child("bench.capacity", options.models)
    result = Result(comparison, enrolled, endurance, capacity)
    found = tables(result)
    publish(found, as_markdown=options.markdown, into=options.into)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "vision.json"
    path.write_text(json.dumps(as_json(result), indent=1) + "\n", encoding="utf-8")
    _say(f"Written: {path}")
    return 0


def as_json(result: Result) -> dict[str, object]:
    """The promised keys first; everything else stands beside them."""
    one = result.comparison
    return {
        "cores": os.cpu_count(),
        "naive_cpu_ms": round(one.of("naive").value, 2),
        "all_cpu_ms": round(one.of("lived").value, 2),
        "product_cpu_ms": round(one.of("product").value, 2),
        "bare_cpu_ms": round(one.of("bare").value, 2),
        "candidates_at_2fps": result.capacity.get("candidates_at_2fps"),
        "frame_age_p99_s": result.capacity.get("frame_age_p99_s"),
        "peak_rss_mb": result.capacity.get("peak_rss_mb"),
        "mean_cpu_ms": {way: round(one.mean(way), 2) for way in WAYS},
        "naive_with_task_defaults_cpu_ms": round(one.of("naive_defaults").value, 2),
        "candidates_by_cpu_alone": _by_cpu(result),
        "product_to_naive": one.ratio("product", "naive").as_json(),
        "product_to_bare": one.ratio("product", "bare").as_json(),
        "enrolled": {
            "product_cpu_ms": result.enrolled.of("product").as_json(),
            "product_to_bare": result.enrolled.ratio("product", "bare").as_json(),
        },
        "streams": [{"stream": block.stream, **_rounded(block.cpu_ms)} for block in one.blocks],
        "endurance": result.endurance,
        "capacity": result.capacity,
        "machine": {"system": platform.platform(), "python": platform.python_version()},
    }


def tables(result: Result) -> list[Table]:
    """What a person wants to see: costs, targets, levels."""
    one = result.comparison
    names = {
        "naive": "naive: all models made anew for every frame",
        "naive_defaults": "the same with the object task's defaults",
        "lived": "all models made once, all on every frame",
        "product": "the service, on its schedule at 2 frames a second",
        "bare": "the service's model calls alone",
    }
    costs = [(names[way], str(one.of(way)), f"{one.mean(way):.1f}") for way in names]
    enrolled = result.enrolled
    costs.append(
        (
            "the service with identity",
            str(enrolled.of("product")),
            f"{enrolled.mean('product'):.1f}",
        )
    )
    found = [
        Table(
            "CPU milliseconds of one frame",
            ("way", "median over streams (95 %)", "mean"),
            costs,
            "From the encoded picture on, all threads of the process, interleaved at random.",
        ),
        Table("Targets", ("what", "wanted", "measured", "met"), _targets(result)),
    ]
    if result.endurance:
        kept = [(name.replace("_", " "), f"{value:g}") for name, value in result.endurance.items()]
        found.append(Table("A long run", ("what", "value"), kept))
    levels = result.capacity.get("levels")
    if isinstance(levels, list):
        rows = [
            (
                str(level["candidates"]),
                f"{level['frame_age_p50_s']:.2f} s",
                f"{level['frame_age_p99_s']:.2f} s",
                f"{level['replaced']:.1%}",
            )
            for level in levels
        ]
        heads = ("candidates at 2 fps", "frame age, median", "99th percentile", "replaced")
        found.append(Table(f"Capacity of {os.cpu_count()} cores", heads, rows))
    return found


def _targets(result: Result) -> list[tuple[str, str, str, str]]:
    naive = result.comparison.ratio("product", "naive")
    bare = result.comparison.ratio("product", "bare")
    rows = [
        (name, f"at most {most:g}", str(ratio), _met(ratio.value, most))
        for name, most, ratio in (
            ("service / naive", _NAIVE_SHARE, naive),
            ("service / its model calls", _BARE_RATIO, bare),
        )
    ]
    carried = result.capacity.get("candidates_at_2fps")
    if isinstance(carried, int):
        wanted = _CANDIDATES_ON_TWO_CORES * (os.cpu_count() or 1) / 2
        met = _met(-carried, -wanted)
        rows.append(("candidates at 2 fps", f"at least {wanted:g}", str(carried), met))
    return rows


def _by_cpu(result: Result) -> int:
    """How many enrolled candidates the cores could carry if they had nothing else to do."""
    cores = os.cpu_count() or 1
    return int(cores * 1000 / (streams.FPS * result.enrolled.of("product").value))


def _met(value: float, most: float) -> str:
    return "yes" if value <= most else "no"


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in values.items()}


def _child(module: str, *arguments: object) -> dict[str, Any]:
    """Run a part in a process of its own, so that its memory is nobody else's."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=_CHILD_LIMIT_S
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.vision", description="What a frame costs, and how many fit."
    )
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes (bench/out)")
    parser.add_argument("--rounds", type=int, default=1, help="how often each stream is compared")
    parser.add_argument(
        "--frames", type=int, default=_DEFAULT_FRAMES, help="length of the memory run; 0: none"
    )
    parser.add_argument("--skip-capacity", action="store_true", help="no capacity run")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--into", type=Path, help="a document to put the tables into")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
