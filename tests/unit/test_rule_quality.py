"""What is said of a rule's quality is what was measured."""

import re
from pathlib import Path

import pytest

from proctor_app.domain.incident import EventType
from proctor_app.services.rule_quality import PUBLISHED, RuleQuality

_DOCUMENT = Path(__file__).parents[2] / "docs" / "accuracy.md"
_PART = "### Single pictures: images and frames together"


def _measured() -> dict[str, tuple[float | None, float | None]]:
    """Precision and recall of every rule in the document's first table."""
    part = _DOCUMENT.read_text().split(_PART)[1].split("###")[0]
    found = {}
    for line in part.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if cells[0] in set(EventType):
            found[cells[0]] = (_share(cells[3]), _share(cells[4]))
    return found


def _share(cell: str) -> float | None:
    match = re.match(r"[01]\.\d+", cell)
    return float(match.group()) if match else None


def test_the_shipped_figures_are_those_of_the_document() -> None:
    shipped = {kind.value: (one.precision, one.recall) for kind, one in PUBLISHED.items()}
    assert len(shipped) > 5
    assert shipped == _measured()


@pytest.mark.parametrize(
    ("precision", "judged", "dismissed", "text"),
    [
        (0.971, 12, 3, "Its published precision is 0.97; here 3 of 12 were dismissed."),
        (0.971, 0, 0, "Its published precision is 0.97."),
        (None, 2, 1, "Here 1 of 2 were dismissed."),
        (None, 0, 0, ""),
    ],
)
def test_given_what_is_known_of_a_rule_then_it_is_said_in_a_sentence(
    precision: float | None, judged: int, dismissed: int, text: str
) -> None:
    assert RuleQuality(EventType.PHONE, precision, None, judged, dismissed).text == text
