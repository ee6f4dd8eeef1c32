"""What ``serve`` becomes: the pages are built where they have to be, then everything on one port.

Building takes longer than everything else that a start does, and what it makes depends on files and
installed packages alone. So their digest is kept beside the pages, and where it is still the same
the pages serve as they are. The calls into Reflex are those of ``reflex run --env prod``.
"""

import hashlib
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from proctor_app import settings as configuration
from proctor_app.settings import ROOT

_SOURCES = ("proctor_app", "assets", "reflex.lock", "rxconfig.py")
_MADE_BY_BUILDS = ("__pycache__", "external")
_BUILD = "build/client/index.html"
_MARK = "proctor-build.sha256"
_ENVIRONMENT = ("REFLEX_", "VITE_")
_SAYS_WHERE = "REFLEX_WEB_WORKDIR"


def main() -> None:
    """Serve until a signal ends this process."""
    from reflex.config import get_config
    from reflex.utils import exec as serving
    from reflex.utils.prerequisites import get_web_dir
    from reflex_base.constants import Env
    from reflex_base.environment import environment

    build(get_web_dir())
    config = get_config()
    port = configuration.load().port
    environment.REFLEX_ENV_MODE.set(Env.PROD)
    environment.REFLEX_SKIP_COMPILE.set(True)
    print(f"The pages and the API are at http://localhost:{port}", flush=True)
    serving.run_backend_prod(
        config.backend_host,
        port,
        config.loglevel.subprocess_level(),  # type: ignore[no-untyped-call]
        mount_frontend_compiled_app=True,
    )


def build(web_dir: Path) -> None:
    """Build the pages, unless they are there and made of the same; ends the program on failure."""
    wanted = digest(ROOT)
    mark = web_dir / _MARK
    if mark.is_file() and mark.read_text() == wanted and (web_dir / _BUILD).is_file():
        return
    mark.unlink(missing_ok=True)
    if _export() != 0:  # it fetches packages, which a network can fail at for a moment
        print("The pages could not be built; trying once more.", file=sys.stderr, flush=True)
        if (status := _export()) != 0:
            sys.exit(status)
    mark.write_text(wanted)


def _export() -> int:
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own interpreter


def digest(root: Path) -> str:
    """Of everything the pages are made of: sources, packages, and what steers the build."""
    found = hashlib.sha256()
    for text in (platform.python_version(), *_packages(), *_steering()):
        found.update(text.encode() + b"\n")
    for file in _sources(root):
        content = file.read_bytes()
        found.update(f"{file.relative_to(root)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def _sources(root: Path) -> Iterator[Path]:
    for name in _SOURCES:
        top = root / name
        found = sorted(top.rglob("*")) if top.is_dir() else [top]
        yield from (
            file
            for file in found
            if file.is_file() and not set(file.relative_to(root).parts) & set(_MADE_BY_BUILDS)
        )


def _packages() -> list[str]:
    return sorted({f"{one.name}=={one.version}" for one in metadata.distributions()})


def _steering() -> list[str]:
    return sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if name.startswith(_ENVIRONMENT) and name != _SAYS_WHERE
    )


if __name__ == "__main__":
    main()
