"""Identity: pairs of pictures of the same and of different people, by the product's own path."""

import csv
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.counting import rounded, share, wilson
from bench.labels import Problem
from bench.pictures import MODEL_FAILURES, PictureUnreadable, read_frame, read_picture
from proctor_app.vision.analyzer import Analyzer
from proctor_app.vision.frame import Frame
from proctor_app.vision.observation import Detector

Embedding = tuple[float, ...]
Describe = Callable[[Frame], Embedding]
"""Gives the numbers that describe a face; raises Unverifiable."""
_CURVE_STEP = 0.01


class Unverifiable(ValueError):
    """A face nobody could be told by; the text is the product's word for why."""


@dataclass(frozen=True, slots=True)
class Pair:
    """a, b: files, or file#t=seconds for a frame of a clip."""

    a: str
    b: str
    same: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """distance: Euclidean, None where a face could not be verified; why: the reason then."""

    pair: Pair
    distance: float | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    threshold: float
    false_match_rate: float | None
    false_non_match_rate: float | None


@dataclass(frozen=True, slots=True)
class IdentityResult:
    """threshold: the shipped one; a pair at or below it is taken for one person."""

    threshold: float
    compared: tuple[Compared, ...]

    def distances(self, same: bool) -> list[float]:
        """Distances of the pairs that could be verified."""
        return [
            one.distance
            for one in self.compared
            if one.pair.same is same and one.distance is not None
        ]

    def at(self, threshold: float) -> CurvePoint:
        genuine, impostor = self.distances(True), self.distances(False)
        matched = sum(distance <= threshold for distance in impostor)
        refused = sum(distance > threshold for distance in genuine)
        return CurvePoint(threshold, share(matched, len(impostor)), share(refused, len(genuine)))

    def curve(self) -> tuple[CurvePoint, ...]:
        """False matches against false non-matches over all thresholds from 0 to 1.2."""
        return tuple(self.at(round(i * _CURVE_STEP, 2)) for i in range(121))

    def as_json(self) -> dict[str, float | int | None]:
        """genuine and impostor count the pairs that could be verified."""
        point = self.at(self.threshold)
        return {
            "threshold": self.threshold,
            "genuine": len(self.distances(True)),
            "impostor": len(self.distances(False)),
            "false_match_rate": rounded(point.false_match_rate),
            "false_non_match_rate": rounded(point.false_non_match_rate),
            "unverifiable": sum(one.distance is None for one in self.compared),
        }

    def detail_json(self) -> dict[str, object]:
        """What stands beside the fixed keys: intervals, reasons, the curve."""
        genuine, impostor = self.distances(True), self.distances(False)
        point = self.at(self.threshold)
        reasons: dict[str, int] = {}
        for one in self.compared:
            if one.distance is None:
                reasons[one.why] = reasons.get(one.why, 0) + 1
        return {
            "false_match_rate_95": wilson(
                round((point.false_match_rate or 0) * len(impostor)), len(impostor)
            ),
            "false_non_match_rate_95": wilson(
                round((point.false_non_match_rate or 0) * len(genuine)), len(genuine)
            ),
            "unverifiable_genuine": sum(
                one.distance is None and one.pair.same for one in self.compared
            ),
            "unverifiable_why": reasons,
            "genuine_distances": [rounded(distance) for distance in sorted(genuine)],
            "impostor_distances": [rounded(distance) for distance in sorted(impostor)],
        }


def load(path: Path, problems: list[Problem]) -> tuple[Pair, ...]:
    """Read a,b,same rows; a missing file and unusable rows become problems."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        problems.append(Problem(path.name, f"no pairs to compare: {error}"))
        return ()
    pairs = []
    for number, row in enumerate(csv.DictReader(text.splitlines()), 2):
        a, b, same = ((row.get(key) or "").strip() for key in ("a", "b", "same"))
        truth = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
        if not a or not b or same.lower() not in truth:
            problems.append(Problem(path.name, f"line {number} is no pair: {row!r:.80}"))
            continue
        pairs.append(Pair(a, b, truth[same.lower()]))
    return tuple(pairs)


def compare(
    folder: Path,
    pairs: Iterable[Pair],
    describe: Describe,
    threshold: float,
    problems: list[Problem],
) -> IdentityResult:
    """Describe every face once and measure every pair; pairs of unreadable files are left out."""
    described: dict[str, Embedding | str | None] = {}
    compared: list[Compared] = []
    for pair in pairs:
        for reference in (pair.a, pair.b):
            if reference not in described:
                described[reference] = _describe(folder, reference, describe, problems)
        one = _compare(pair, described)
        if one is not None:
            compared.append(one)
    return IdentityResult(threshold, tuple(compared))


def as_live(analyzer: Analyzer) -> Describe:
    """Describe as the product does during an exam."""

    def describe(frame: Frame) -> Embedding:
        seen = analyzer.observe(frame, frozenset({Detector.FACES, Detector.IDENTITY})).identity
        if seen is None or seen.embedding is None:
            raise Unverifiable(seen.why if seen is not None else "not looked at")
        return seen.embedding

    return describe


def _describe(
    folder: Path, reference: str, describe: Describe, problems: list[Problem]
) -> Embedding | str | None:
    """Give the embedding, the reason why there is none, or None for an unreadable file."""
    try:
        return describe(_read(folder, reference))
    except Unverifiable as error:
        return str(error)
    except (PictureUnreadable, *MODEL_FAILURES) as error:
        problems.append(Problem(reference, str(error)))
        return None


def _read(folder: Path, reference: str) -> Frame:
    file, _, fragment = reference.partition("#t=")
    if not fragment:
        return read_picture(folder / file)
    try:
        time_s = float(fragment)
    except ValueError as error:
        raise PictureUnreadable(f"{fragment!r} is no time") from error
    return read_frame(folder / file, time_s)


def _compare(pair: Pair, described: Mapping[str, Embedding | str | None]) -> Compared | None:
    a, b = described[pair.a], described[pair.b]
    if a is None or b is None:
        return None
    if isinstance(a, str) or isinstance(b, str):
        return Compared(pair, None, a if isinstance(a, str) else str(b))
    return Compared(pair, math.dist(a, b))
