"""The desk beside five hundred candidates and a million incidents: how soon a page is painted, and
what every query costs.

    python -m bench.crowd [--candidates 500] [--incidents 1000000] [--database sqlite postgresql]

The rows are made by the database itself: an exam that runs, with its incidents, tallies, verdicts,
evidence (without pictures), question times and answers, beside older exams. Then the whole app is
started on it as an operator starts it, and Chromium opens the wall and the analytics, each time
with an empty cache and a new log-in. Each query is one that a page really sends, sent again alone.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import text

from bench.logins import OUT
from bench.tables import Table, publish
from proctor_app.clock import system_clock
from proctor_app.composition import build_services
from proctor_app.db.migrations import upgrade
from proctor_app.db.session import Database
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import Level
from proctor_app.services.analytics import Subject
from proctor_app.services.container import Services
from proctor_app.settings import load as load_settings
from tests.crowds import Crowd, analyse, fill
from tests.databases import empty_database
from tests.e2e.harness import ADMIN, FLAGS, Server, Visitor, chromium
from tests.plans import BIG, Asked, asked, full_scans

_EXAM = "crowd"
_OLDER, _OLDER_CANDIDATES, _OLDER_INCIDENTS = 20, 200, 10
_OPEN = 200
"""Incidents that go on while the pages are opened."""
_LOADS = 5
_REPEATS = 5
_ADMIN = Actor("bench", "Bench", Role.ADMIN, "")
_PAGES = {
    "/proctor": {"counts": "h1", "first tile": "[data-attempt]"},
    "/analytics": {
        "counts": "#facts",
        "first figure's words": "#over-time .analytics-words",
        "first figure": "#over-time .main-svg",
    },
}
_MARK = """(() => {
  const wanted = %s;
  window.marks = {};
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(wanted))
      if (!(name in marks) && document.querySelector(selector)) marks[name] = performance.now();
  }).observe(document, {childList: true, subtree: true});
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) marks['largest paint'] = entry.startTime;
  }).observe({type: 'largest-contentful-paint', buffered: true});
  new PerformanceObserver((list) => {
    for (const entry of list.getEntriesByName('first-contentful-paint'))
      marks['first paint'] = entry.startTime;
  }).observe({type: 'paint', buffered: true});
})()"""


@dataclass(frozen=True, slots=True)
class Query:
    """scanned: big tables that the database reads from one end to the other."""

    name: str
    median_ms: float
    scanned: tuple[str, ...]


def seed(database: Database, candidates: int, incidents: int) -> dict[str, object]:
    """Make the crowd; how long that took, and how many rows there are."""
    now, began_s = system_clock(), time.monotonic()
    lasted = timedelta(minutes=100)
    # Without a camera nobody is found missing while nobody sends pictures.
    running = Crowd(
        _EXAM, candidates, incidents // candidates, now - lasted, status="running",
        lasted=lasted, judged=0.02, level=Level.NONE,
    )  # fmt: skip
    fill(database, running)
    for number in range(_OLDER):
        begun_at = now - timedelta(days=7 * (number + 1))
        older = Crowd(f"older{number}", _OLDER_CANDIDATES, _OLDER_INCIDENTS, begun_at,
                      status="passed")  # fmt: skip
        fill(database, older)
    analyse(database)
    with database.engine.connect() as connection:
        rows = {
            name: connection.execute(text(f"SELECT COUNT(*) FROM {name}")).scalar_one()  # noqa: S608 - our own names
            for name in sorted(BIG)
        }
    return {"seeded_s": round(time.monotonic() - began_s, 1), "rows": rows}


def open_some(database: Database) -> None:
    """Let incidents go on again, which the app closed when it started."""
    with database.engine.begin() as connection:
        newest = connection.execute(
            text(
                "SELECT MAX(id) FROM incidents WHERE attempt_id LIKE :some GROUP BY attempt_id"
                " ORDER BY attempt_id LIMIT :most"
            ),
            {"some": f"{_EXAM}-a%", "most": _OPEN},
        )
        keys = [{"key": row[0]} for row in newest]
        change = text("UPDATE incidents SET closed_at = NULL WHERE id = :key")
        connection.execute(change, keys)


def paint(url: str) -> Iterator[dict[str, object]]:
    """Milliseconds from the request until each thing stands in the page: median and longest."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for path, wanted in _PAGES.items():
            loads = [_load(browser, url, path, wanted) for _ in range(_LOADS)]
            for name in ("first paint", "largest paint", *wanted):
                found = [marks[name] for marks in loads if name in marks]
                yield {
                    "page": path,
                    "what": name,
                    "loads": len(found),
                    "median_ms": round(statistics.median(found)),
                    "longest_ms": round(max(found)),
                }
        browser.close()


def _load(browser: Browser, url: str, path: str, wanted: dict[str, str]) -> dict[str, float]:
    visitor = Visitor(browser, url, viewport={"width": 1280, "height": 800})
    visitor.log_in(*ADMIN)
    page = visitor.page
    page.add_init_script(_MARK % json.dumps(wanted))
    page.goto(f"{url}{path}")
    for selector in wanted.values():
        page.locator(selector).first.wait_for(timeout=60_000, state="attached")
    page.wait_for_timeout(500)
    marks: dict[str, float] = page.evaluate("marks")
    page.context.close()
    return marks


def queries(services: Services) -> Iterator[Query]:
    """What the pages ask the database, each alone."""
    database, about = services.database, Subject(_EXAM)
    figures = services.analytics
    calls: dict[str, Callable[[], Coroutine[object, object, object]]] = {
        "wall": lambda: services.wall.snapshot(_ADMIN),
        "analytics, choices": lambda: figures.choices(_ADMIN),
        "analytics, counts": lambda: figures.standing(_ADMIN, about),
        "analytics, over time": lambda: figures.over_time(_ADMIN, about),
        "analytics, compliance": lambda: figures.compliance(_ADMIN, about),
        "analytics, heat map": lambda: figures.heat(_ADMIN, about),
        "analytics, agreement": lambda: figures.agreement(_ADMIN, about),
        "analytics, questions": lambda: figures.questions(_ADMIN, about),
    }
    for name, call in calls.items():
        with asked(database) as statements:
            asyncio.run(call())
        heavy = [one for one in statements if any(f" {big}" in one.statement for big in BIG)]
        for number, one in enumerate(heavy, 1):
            title = f"{name} {number}" if len(heavy) > 1 else name
            scans = [scan.split()[0] for scan in full_scans(database, [one], as_is=True)]
            yield Query(title, _median_ms(database, one), tuple(scans))


def _median_ms(database: Database, one: Asked) -> float:
    taken = []
    with database.engine.connect() as connection:
        for _ in range(_REPEATS):
            began_s = time.perf_counter()
            connection.exec_driver_sql(one.statement, one.values).all()
            taken.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(taken)


def measure(backend: str, candidates: int, incidents: int) -> dict[str, object]:
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder, empty_database(backend, Path(folder)) as url:
        settings = {"DATA_DIR": folder, "DATABASE_URL": url}
        services = build_services(load_settings(settings))
        upgrade(services.database.engine)
        seeded = seed(services.database, candidates, incidents)
        server = Server(Path(folder), DATABASE_URL=url)
        _start(server)
        try:
            open_some(services.database)
            painted = list(paint(server.url))
        finally:
            server.stop()
        found = list(queries(services))
        services.database.close()
    return {
        "database": backend,
        "candidates": candidates,
        **seeded,
        "pages": painted,
        "queries": [
            {"name": one.name, "median_ms": round(one.median_ms, 1), "scans": list(one.scanned)}
            for one in found
        ],
        "load_before": round(load_before, 2),
        "load_after": round(os.getloadavg()[0], 2),
    }


def _start(server: Server) -> None:
    """The first start builds the pages; on a busy machine that may outlast a test's patience."""
    try:
        server.start()
    except pytest.fail.Exception:
        server.start()


def tables(found: Sequence[dict[str, object]]) -> list[Table]:
    pages = [
        (str(one["database"]), each["page"], each["what"], str(each["median_ms"]),
         str(each["longest_ms"]))
        for one in found
        for each in one["pages"]  # type: ignore[attr-defined]
    ]  # fmt: skip
    asked_for = [
        (str(one["database"]), each["name"], str(each["median_ms"]),
         ", ".join(each["scans"]) or "none")
        for one in found
        for each in one["queries"]  # type: ignore[attr-defined]
    ]  # fmt: skip
    note = (
        f"{os.cpu_count()} cores for the app, the database and the browser; load before and after: "
        + "; ".join(f"{one['database']} {one['load_before']}, {one['load_after']}" for one in found)
    )
    return [
        Table("Until it stands in the page", ("database", "page", "what", "median ms",
              "longest ms"), pages, note),
        Table("Every query of the wall and the analytics", ("database", "query", "median ms",
              "read in full"), asked_for),
    ]  # fmt: skip


def main() -> int:
    """Measure, print, write bench/out/crowd.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.crowd", description=__doc__)
    parser.add_argument("--candidates", type=int, default=500)
    parser.add_argument("--incidents", type=int, default=1_000_000)
    parser.add_argument("--database", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes (bench/out)")
    parser.add_argument("--markdown", action="store_true", help="print tables for a document")
    parser.add_argument("--into", type=Path, help="a document to put the tables into")
    options = parser.parse_args()
    found = [
        measure(backend, options.candidates, options.incidents) for backend in options.database
    ]
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "crowd.json").write_text(json.dumps(found, indent=2) + "\n")
    publish(tables(found), as_markdown=options.markdown, into=options.into, section="crowd")
    return 0


if __name__ == "__main__":
    sys.exit(main())
