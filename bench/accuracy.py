"""How often every rule is right on a folder of labelled pictures and clips.

Usage: python -m bench.accuracy MEDIA [--detector NAME] [--fps N ...] [--holds SCALE] [--errors]
"""

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import get_args

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bench import curve, pairs, report, sessions, single
from bench.labels import FolderUnusable, Item, Manifest, Problem, load
from bench.pictures import MODEL_FAILURES
from bench.tables import publish
from proctor_app.settings import ROOT, Settings
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.detectors import DetectorChoice
from proctor_app.vision.errors import ModelsMissing
from proctor_app.vision.models.files import describe_models
from proctor_app.vision.native_logs import held_back
from proctor_app.vision.profile import Profile
from proctor_app.vision.recording import RecordingUnreadable
from proctor_app.vision.rules import DEFAULT_RULES
from proctor_app.vision.signals.identity import MAX_DISTANCE

OUT = ROOT / "bench" / "out"
PRODUCT_FPS: float = Settings.model_fields["frame_rate_fps"].default
_HOLD_SCALE = 0.4
"""Head and gaze then need 0.8 s, closed eyes 1.2 s: about as long as most labelled intervals."""


def main(arguments: Sequence[str]) -> int:
    """Measure, print, write JSON; returns the process's exit status (2: unusable folder)."""
    options = _parser().parse_args(arguments)
    try:
        manifest = load(options.media)
    except FolderUnusable as error:
        print(error, file=sys.stderr)
        return 2
    try:
        with held_back():
            analyzer = Analyzer(options.models, detector=options.detector)
            analyzer.warm_up()
    except ModelsMissing as error:
        print(error, file=sys.stderr)
        return 2
    with closing(analyzer):
        result = measure(manifest, options, analyzer)
    found = report.tables(result, options.errors)
    publish(found, as_markdown=options.markdown, into=options.into)
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "accuracy.json"
    path.write_text(json.dumps(report.as_json(result), indent=1) + "\n", encoding="utf-8")
    if result.identity is not None:
        curve.write(result.identity, options.out / "identity.html")
    print(f"Written: {path}", file=sys.stderr)
    return 0


def measure(manifest: Manifest, options: argparse.Namespace, analyzer: Analyzer) -> report.Result:
    """Run every part over one folder; what can't be read is told and left out."""
    problems = list(manifest.problems)
    clips = [item for item in manifest.items if item.kind == "video"]
    profile = Profile(forbidden=single.labelled_forbidden(manifest.items))
    rates: list[float] = options.fps or [PRODUCT_FPS, 4.0]
    with _progress() as progress:
        pictures = [item for item in manifest.items if item.kind == "image"]
        looked_at = progress.track(pictures, description="images")
        images = list(single.images(looked_at, analyzer, profile, problems))
        seconds = single.record(progress.track(clips, description="frames"), analyzer, problems)
        watched = {fps: _watch(clips, analyzer, fps, profile, progress, problems) for fps in rates}
        compared = _identity(options.media, analyzer, progress, problems)
    known = {one.item.file: single.calibrated(one) for one in watched[max(rates)]}
    neutrals = {file: neutral for file, neutral in known.items() if neutral is not None}
    shorter = sessions.shortened(DEFAULT_RULES, options.holds)
    tallies = {fps: sessions.tally(seen, DEFAULT_RULES, profile) for fps, seen in watched.items()}
    return report.Result(
        images=images,
        frames=list(single.frames(seconds, profile, neutrals)),
        frames_uncalibrated=list(single.frames(seconds, profile)),
        fps=rates[0],
        clips=tallies.pop(rates[0]),
        hold_scale=options.holds,
        short_holds=sessions.tally(watched[rates[0]], shorter, profile),
        other_rates=tallies,
        identity=compared,
        problems=list(dict.fromkeys(problems)),
        about={
            "pictures": str(len(pictures)),
            "clips": str(len(clips)),
            "clip_minutes": f"{sum(one.duration_s for one in watched[rates[0]]) / 60:.1f}",
            "detector": analyzer.detector,
            "models": describe_models(options.models),
            "python": platform.python_version(),
        },
    )


def _watch(
    clips: Sequence[Item],
    analyzer: Analyzer,
    fps: float,
    profile: Profile,
    progress: Progress,
    problems: list[Problem],
) -> list[sessions.Session]:
    watched = []
    for item in progress.track(clips, description=f"clips at {fps:g} fps"):
        try:
            watched.append(sessions.record(item, analyzer, fps, profile))
        except (RecordingUnreadable, *MODEL_FAILURES) as error:
            problems.append(Problem(item.file, str(error)))
    return watched


def _identity(
    folder: Path, analyzer: Analyzer, progress: Progress, problems: list[Problem]
) -> pairs.IdentityResult | None:
    listed = pairs.load(folder / "pairs.csv", problems)
    if not listed:
        return None
    each = progress.track(listed, description="identity")
    return pairs.compare(folder, each, pairs.as_live(analyzer), MAX_DISTANCE, problems)


def _progress() -> Progress:
    err = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, transient=True, disable=not err.is_terminal)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.accuracy", description="Precision and recall of every rule."
    )
    parser.add_argument("media", type=Path, help="a folder with manifest.json and pairs.csv")
    parser.add_argument(
        "--detector", choices=get_args(DetectorChoice), default="auto", help="looks for objects"
    )
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes (bench/out)")
    parser.add_argument(
        "--fps", type=float, action="append", help="rates of the clips (the product's 2, and 4)"
    )
    parser.add_argument(
        "--holds", type=float, default=_HOLD_SCALE, help="holds of the second run (0.4 of ours)"
    )
    parser.add_argument("--errors", action="store_true", help="list every wrong answer")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--into", type=Path, help="a document to put the tables into")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
