"""What axe finds wrong with a page for people who can't see it well or don't use a mouse."""

from collections.abc import Iterator
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_BAD = ("serious", "critical")
_QUIET = ".rt-Skeleton, .rt-Skeleton *"
"""What stands for something that is still loading."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def serious(page: Page) -> list[str]:
    """One line for each place that a rule of axe calls serious or critical. The page's context must
    let scripts in: ``bypass_csp=True``."""
    response: dict[str, Any] = Axe().run(page).response
    return list(_lines(response))


def serious_by_day_and_night(page: Page) -> list[str]:
    """The same, in both colour schemes, each once."""
    found: dict[str, None] = {}
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.locator(f"html.{scheme}").wait_for(state="attached")
        found |= {f"{scheme}: {line}": None for line in serious(page)}
    return list(found)


def settled(page: Page) -> None:
    """Wait until nothing on the page is loading any more."""
    page.locator("h1, h2").first.wait_for()
    page.wait_for_function(f"document.querySelectorAll({_QUIET!r}).length === 0")


def _lines(response: dict[str, Any]) -> Iterator[str]:
    for one in response["violations"]:
        if one["impact"] not in _BAD:
            continue
        for node in one["nodes"]:
            why = " ".join(node.get("failureSummary", "").split())
            yield f"{one['id']} at {node['target']}: {why[:300]}"
