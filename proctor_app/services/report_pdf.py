"""PDF from a report's HTML by WeasyPrint, in a process of its own for each.

`python -m` of this module is the other end: HTML in, PDF out. It runs behind everything else that
the machine does, may use so much memory and time and no more, and opens nothing.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from proctor_app.errors import Unavailable

_TIMEOUT_S = 300.0
"""A machine that has other things to do first makes it wait, and that is no failure."""
_MOST_CPU_S = 90
_LOOK_S = 0.5
_MOST_MEMORY_BYTES = 3 * 1024**3
_NICE = 5
_MISSING = 3
_ROOT = Path(__file__).resolve().parents[2]
_OURS = ("data:image/png;base64,", "data:image/jpeg;base64,")


class PdfUnavailable(Unavailable):
    """WeasyPrint or the libraries of the system that it needs are missing, or it failed."""

    code = "pdf_unavailable"
    detail = "This server can't make PDF files now. HTML, CSV and JSON work."


class Stopped(Exception):
    """The caller asked to stop meanwhile."""


def make_pdf(html: str, should_stop: Callable[[], bool] = lambda: False) -> bytes:
    """Raises PdfUnavailable, Stopped. Takes a second or more and much memory: whoever calls it has
    threads for it, and few."""
    process = subprocess.Popen(  # noqa: S603 - this very module, nothing from outside
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=_ROOT,
    )
    try:
        made = _talk(process, html.encode(errors="replace"), should_stop)
    finally:
        _end(process)
    if process.returncode != 0 or not made.startswith(b"%PDF"):
        raise PdfUnavailable
    return made


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what it did not read any more is lost with it
            assert pipe is not None
            pipe.close()


def _talk(
    process: "subprocess.Popen[bytes]", html: bytes, should_stop: Callable[[], bool]
) -> bytes:
    given: bytes | None = html
    for _ in range(int(_TIMEOUT_S / _LOOK_S)):
        try:
            made, _ = process.communicate(given, timeout=_LOOK_S)
        except subprocess.TimeoutExpired:
            given = None
            if should_stop():
                raise Stopped from None
            continue
        return made
    raise PdfUnavailable("pdf_unavailable", "The PDF took too long to make. HTML works.")


def allow(url: str) -> None:
    """Raise ValueError for whatever is no picture that stands in the page itself."""
    if not url.startswith(_OURS):
        raise ValueError("refused")


def fetcher() -> Any:
    """WeasyPrint's way to what a page refers to: no text can make the server open a file or an
    address. Raises as ``document``."""
    from weasyprint.urls import URLFetcher

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def fetch(self, url: str, headers: object = None) -> Any:
            allow(url)
            return super().fetch(url, headers)

    return Fetcher(allowed_protocols=["data"], allow_redirects=False)


def document(html: str) -> Any:
    """The laid-out pages. Raises OSError without the libraries, ImportError without WeasyPrint."""
    from weasyprint import HTML

    return HTML(string=html, base_url=None, url_fetcher=fetcher()).render()


def main() -> None:
    """Read HTML to its end, answer with a PDF or nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process says when to end
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (_MOST_CPU_S, _MOST_CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY_BYTES, _MOST_MEMORY_BYTES))
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    html = sys.stdin.buffer.read().decode()
    try:
        made = document(html).write_pdf()
    except (ImportError, OSError):
        sys.exit(_MISSING)
    with answer:
        answer.write(made)


if __name__ == "__main__":
    main()
