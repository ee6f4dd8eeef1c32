"""One proctor's wall while thirty candidates are judged: how soon an incident is seen, and whether
the page grows.

    python -m bench.desk [--candidates 30] [--minutes 10]

The whole app runs as an operator starts it, with its real models. Each candidate sends a picture a
second over a WebSocket, one at a time: recorded clips of people who come and go, or somebody who is
there, away, and not alone in turn, so that incidents open all the time. A proctor's wall, with all
of them on one page, is open in Chromium. The server logs an incident as soon as it is committed,
and the page notes when one appears in it; both by the clock of this machine. The page's memory is
read after its garbage was collected.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from playwright.sync_api import CDPSession, Page, sync_playwright

from bench.desk_seats import seated
from bench.logins import OUT
from bench.stats import percentile, slope
from bench.tables import Table, publish
from tests.e2e.harness import ADMIN, FLAGS, Server, Visitor, chromium

_WARM_UP_S = 60.0
"""Until everybody sits and the feed is full; from then on nothing has a reason to grow."""
_EVERY_S = 10.0
_LAST_S = 5.0
"""What was committed so shortly before the end may not have been seen yet."""
_OPENED = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) .* incident\.opened incident_id=(\d+)"
)
_WATCH = """(() => {
  const known = new Set();
  window.seenIncidents = [];
  const note = (one) => {
    const id = one.dataset && one.dataset.incident;
    if (!id || known.has(id)) return;
    known.add(id);
    window.seenIncidents.push([Number(id), Date.now()]);
  };
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'attributes') note(change.target);
      for (const added of change.addedNodes) {
        if (added.nodeType !== 1) continue;
        note(added);
        added.querySelectorAll('[data-incident]').forEach(note);
      }
    }
  }).observe(document, {subtree: true, childList: true, attributes: true,
                        attributeFilter: ['data-incident']});
})()"""


@dataclass(frozen=True, slots=True)
class Sample:
    """The page at a moment. at_s: since the measurement began."""

    at_s: float
    heap_bytes: float
    nodes: float
    tiles: int


@dataclass(slots=True)
class Watched:
    """seen_s: when each incident appeared in the page, since the epoch. errors: of its console."""

    began_s: float = 0.0
    ended_s: float = 0.0
    seen_s: dict[int, float] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def measure(candidates: int, minutes: float) -> dict[str, object]:
    """Start everything, watch, and say what was found."""
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        server.start()
        try:
            with seated(server.url, server.data_dir, candidates) as told:
                watched = _watch(server.url, minutes)
        finally:
            server.stop()
        committed_s = committed(server.log.read_text())
    return {
        "cores": os.cpu_count(),
        "load_before": round(load_before, 2),
        "candidates": candidates,
        "minutes": minutes,
        "pictures": dict(told),
        **_seen(watched, committed_s),
        **_growth(watched.samples),
        "console_errors": watched.errors,
        "samples": [asdict(one) for one in watched.samples],
    }


def committed(log: str) -> dict[int, float]:
    """When each incident was committed, since the epoch, from the server's log."""
    return {
        int(found[2]): datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f").timestamp()  # noqa: DTZ007 - the log has local time
        for found in _OPENED.finditer(log)
    }


def _watch(url: str, minutes: float) -> Watched:
    found = Watched()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        proctor = Visitor(browser, url, viewport={"width": 1280, "height": 800})
        proctor.log_in(*ADMIN)
        page = proctor.page
        page.add_init_script(_WATCH)
        page.goto(f"{url}/proctor")
        page.locator("[data-attempt]").first.wait_for(timeout=60_000)
        page.get_by_label("Candidates on a page").select_option("49")
        page.wait_for_timeout(_WARM_UP_S * 1000)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Performance.enable")
        _collect(page, found)
        found.began_s = time.time()
        while (at_s := time.time() - found.began_s) <= minutes * 60:
            found.samples.append(_sample(page, devtools, at_s))
            page.wait_for_timeout(_EVERY_S * 1000)
            _collect(page, found)
        found.ended_s = time.time()
        found.errors = proctor.errors
        browser.close()
    return found


def _collect(page: Page, found: Watched) -> None:
    for incident_id, at_ms in page.evaluate("window.seenIncidents.splice(0)"):
        found.seen_s.setdefault(incident_id, at_ms / 1000)


def _sample(page: Page, devtools: CDPSession, at_s: float) -> Sample:
    devtools.send("HeapProfiler.collectGarbage")
    told = devtools.send("Performance.getMetrics")["metrics"]
    named = {one["name"]: float(one["value"]) for one in told}
    tiles = page.locator("[data-attempt]").count()
    return Sample(round(at_s, 1), named["JSHeapUsedSize"], named["Nodes"], tiles)


def _seen(watched: Watched, committed_s: dict[int, float]) -> dict[str, object]:
    last_s = watched.ended_s - _LAST_S
    counted = {one: at_s for one, at_s in committed_s.items() if watched.began_s <= at_s <= last_s}
    took_s = [watched.seen_s[one] - at_s for one, at_s in counted.items() if one in watched.seen_s]
    if not took_s:
        raise RuntimeError("no incident was seen: is the wall's feed there?")
    return {
        "incidents": len(counted),
        "not_seen": len(counted) - len(took_s),
        "seen_p50_s": round(percentile(took_s, 0.5), 3),
        "seen_p95_s": round(percentile(took_s, 0.95), 3),
        "seen_longest_s": round(max(took_s), 3),
    }


def _growth(samples: list[Sample]) -> dict[str, object]:
    """By the minute; samples are taken in even steps."""
    last_s = samples[-1].at_s
    a_minute = 60 * (len(samples) - 1) / last_s if last_s else 0.0
    heap_kb = [one.heap_bytes / 1024 for one in samples]
    nodes = [one.nodes for one in samples]
    return {
        "heap_first_kb": round(heap_kb[0]),
        "heap_last_kb": round(heap_kb[-1]),
        "heap_kb_a_minute": round(slope(heap_kb) * a_minute, 1),
        "nodes_first": round(nodes[0]),
        "nodes_last": round(nodes[-1]),
        "nodes_a_minute": round(slope(nodes) * a_minute, 1),
    }


def tables(found: dict[str, object]) -> list[Table]:
    """What was found, for people."""
    pictures = found["pictures"]
    assert isinstance(pictures, dict)
    errors = found["console_errors"]
    assert isinstance(errors, list)
    columns = ("minutes", "incidents", "not seen", "p50 s", "p95 s", "longest s")
    keys = ("minutes", "incidents", "not_seen", "seen_p50_s", "seen_p95_s", "seen_longest_s")
    grows = ("heap_first_kb", "heap_last_kb", "heap_kb_a_minute", "nodes_first", "nodes_last",
             "nodes_a_minute")  # fmt: skip
    judged = ", ".join(f"{count} {name}" for name, count in sorted(pictures.items()))
    return [
        Table(
            "From an incident's commit to the proctor's page",
            ("candidates", *columns),
            [[str(found[key]) for key in ("candidates", *keys)]],
            f"{found['cores']} cores, which the app, its models, the candidates and the browser "
            f"share; load before: {found['load_before']}. Pictures: {judged}.",
        ),
        Table(
            "The proctor's page, after its garbage was collected",
            (*(name.replace("_", " ") for name in grows), "console errors"),
            [[*(str(found[name]) for name in grows), str(len(errors))]],
        ),
    ]


def main() -> int:
    """Measure, print, write bench/out/desk.json."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=__doc__)
    parser.add_argument("--candidates", type=int, default=30)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--out", type=Path, default=OUT, help="where the JSON goes (bench/out)")
    parser.add_argument("--markdown", action="store_true", help="print tables for a document")
    parser.add_argument("--into", type=Path, help="a document to put the tables into")
    options = parser.parse_args()
    found = measure(options.candidates, options.minutes)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "desk.json").write_text(json.dumps(found, indent=2) + "\n")
    publish(tables(found), as_markdown=options.markdown, into=options.into, section="desk")
    for error in dict.fromkeys(map(str, found["console_errors"])):  # type: ignore[call-overload]
        print(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
