"""Puts everything Proctor needs into this folder; once it is there, ends at once.

    python3 tools/bootstrap.py          what the product needs to run
    python3 tools/bootstrap.py --dev    and what checks and tests need
    python3 tools/bootstrap.py --yolo   and the YOLO packages (Ultralytics is AGPL-3.0)

Uses the standard library only. Every step looks first whether its work is done: by a stamp with the
sha256 of its inputs in .venv/.stamps/, or by the thing itself. So it may be stopped at any moment
and run again.
"""

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".stamps"
UNFINISHED = STAMPS / "pip-at-work"  # left behind only when pip was killed half-way
CORE, DEV, FULL = "requirements-core.txt", "requirements-dev.txt", "requirements.txt"
OLDEST, NEWEST = (3, 11), (3, 12)

if sys.version_info < OLDEST:  # before anything that an older Python cannot read
    sys.exit("setup: error: needs Python 3.11 or later, this is " + sys.version.split()[0])

# What the wheels of OpenCV and MediaPipe load from the system, and WeasyPrint for PDF, and the
# Debian package of each.
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
FONTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
FONT_PACKAGE = "fonts-dejavu-core"
CHROMIUM_PACKAGES = ("chromium", "fonts-liberation")
NEWMAN = VENV / "newman"
NEWMAN_LOCK = "tests/newman/bun.lock"
SMOKE_TEST = "import cv2, mediapipe, face_recognition, reflex"
PROBE = (
    "import importlib.util as u, json, sys;"
    "print(json.dumps([sys.version_info[:2], sys._base_executable,"
    " u.find_spec('venv') is not None and u.find_spec('ensurepip') is not None]))"
)


class SetupError(Exception):
    """The set-up cannot go on; the message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python found on this machine."""

    path: str
    version: tuple[int, int]
    can_make_venv: bool


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def run(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=env)


def last_words(done: subprocess.CompletedProcess[str], lines: int = 12) -> str:
    return "\n".join((done.stderr or done.stdout).strip().splitlines()[-lines:])


# --- stamps ---


def digest(*inputs: str) -> str:
    return hashlib.sha256("\0".join(inputs).encode()).hexdigest()


def is_stamped(step: str, inputs: str) -> bool:
    stamp = STAMPS / step
    return stamp.is_file() and stamp.read_text() == inputs


def write_stamp(step: str, inputs: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    part = STAMPS / f".{step}.part"
    part.write_text(inputs)
    part.replace(STAMPS / step)


def once(step: str, file: str, work: Callable[[], None]) -> None:
    """Does the work unless it was done before with the file as it is now."""
    inputs = digest((ROOT / file).read_text())
    if not is_stamped(step, inputs):
        work()
        write_stamp(step, inputs)


# --- packages of the system ---


def apt_command(packages: list[str]) -> str:
    return f"apt-get install -y --no-install-recommends {' '.join(packages)}"


def apt_install(packages: list[str], reason: str) -> None:
    """Installs Debian packages as root; otherwise says which command does."""
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"{reason}. Install what Debian calls {' '.join(packages)} with this system's package "
            f"manager, then run this again."
        )
    if os.geteuid() != 0:
        raise SetupError(f"{reason}. Run: sudo {apt_command(packages)}   then run this again.")
    say(f"{reason}; installing {' '.join(packages)} with apt-get")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env)  # a dead extra source must not stop the install
    done = run(apt_command(packages).split(), env)
    if done.returncode != 0:
        raise SetupError(f"'{apt_command(packages)}' failed:\n{last_words(done)}")


def is_loadable(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def ensure_system_libraries() -> None:
    if sys.platform != "linux":
        return
    missing = [package for name, package in LIBRARIES.items() if not is_loadable(name)]
    if not has_fonts():  # a PDF without any would be a page of empty boxes
        missing.append(FONT_PACKAGE)
    if missing:
        apt_install(missing, "system libraries are missing")


def has_fonts() -> bool:
    return any(next(folder.rglob("*.[ot]t[fc]"), None) is not None for folder in FONTS)


def ensure_chromium() -> None:
    """Browser tests drive a Chromium of the system, or the one PROCTOR_CHROMIUM names."""
    chosen = os.environ.get("PROCTOR_CHROMIUM")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise SetupError(f"PROCTOR_CHROMIUM={chosen} is not a program that can be run.")
    elif shutil.which("chromium") is None:
        reason = "Chromium, for the browser tests, is missing (PROCTOR_CHROMIUM can name another)"
        apt_install(list(CHROMIUM_PACKAGES), reason)


# --- the virtual environment ---


def probe(command: str) -> Interpreter | None:
    """What the named Python is; None when it is missing, broken or of a wrong version."""
    outside = [
        folder
        for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)
        if not Path(folder).absolute().is_relative_to(VENV)
    ]
    path = shutil.which(command, path=os.pathsep.join(outside))
    if path is None:
        return None
    try:
        done = run([path, "-c", PROBE])
        version, executable, can_make_venv = json.loads(done.stdout)
    except (OSError, ValueError):
        return None
    found = Interpreter(executable, (version[0], version[1]), can_make_venv)
    return found if OLDEST <= found.version <= NEWEST else None


def find_interpreter() -> Interpreter:
    """The best Python for the virtual environment: one that can make it, 3.11 before others."""
    found = [probe(command) for command in ("python3.11", "python3.12", "python3")]
    usable = [interpreter for interpreter in found if interpreter is not None]
    if not usable:
        raise SetupError(
            "no Python 3.11 or 3.12 on PATH. Install one (Debian 12: apt-get install python3), "
            "then run this again."
        )
    return next((each for each in usable if each.can_make_venv), usable[0])


def venv_is_sound() -> bool:
    """Made in this place (scripts hold their path) by a run that ended well, and it starts."""
    return (
        is_stamped("venv", digest(str(VENV)))
        and not UNFINISHED.exists()
        and VENV_PYTHON.exists()
        and run([str(VENV_PYTHON), "-c", "import pip"]).returncode == 0
    )


def ensure_venv() -> None:
    if venv_is_sound():
        return
    python = find_interpreter()
    major, minor = python.version
    if not python.can_make_venv:
        apt_install([f"python{major}.{minor}-venv"], f"Python {major}.{minor} has no venv module")
    say(f"making .venv with Python {major}.{minor}")
    done = run([python.path, "-m", "venv", "--clear", str(VENV)])
    if done.returncode != 0:
        raise SetupError(f"'{python.path} -m venv {VENV}' failed:\n{last_words(done)}")
    write_stamp("venv", digest(str(VENV)))


# --- Python packages ---


def pip_install(*arguments: str) -> None:
    """Runs pip install, a second time when the first fails."""
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command += ["--no-input", "--quiet", *arguments]
    UNFINISHED.touch()
    done = run(command)
    if done.returncode != 0:
        say("pip failed; trying once more")
        done = run(command)
    UNFINISHED.unlink()
    if done.returncode != 0:
        raise SetupError(
            f"'pip install {' '.join(arguments)}' failed; check the network, the free disk space "
            f"and pip's settings, then run this again. pip said:\n{last_words(done)}"
        )


def install_freeze(name: str) -> None:
    """Installs a freeze as it stands: its pins are complete, so pip resolves nothing."""
    say(f"installing the packages of {name} (a minute or two)")
    pip_install("--no-deps", "-r", name)


def install_yolo() -> None:
    """PyTorch with its own dependencies: the freeze leaves out the libraries of its CUDA build."""
    pins = (ROOT / FULL).read_text().splitlines()
    pin = next(line.split()[0] for line in pins if line.startswith("torch=="))
    say(f"installing {pin}")
    pip_install(pin, "--constraint", FULL)
    install_freeze(FULL)


def install_core() -> None:
    install_freeze(CORE)
    done = run([str(VENV_PYTHON), "-c", SMOKE_TEST])
    if done.returncode != 0:
        raise SetupError(
            f"the packages are installed, but do not load; remove .venv and run this again. "
            f"Python said:\n{last_words(done)}"
        )


def install_newman() -> None:
    """What runs the Postman collection, by the bun of the core; a second time when it fails."""
    say("installing newman, which runs the Postman collection in tests")
    NEWMAN.mkdir(exist_ok=True)
    for name in ("package.json", "bun.lock"):
        shutil.copy((ROOT / NEWMAN_LOCK).with_name(name), NEWMAN)
    command = [str(VENV / "bin" / "bun"), "install", "--frozen-lockfile", "--cwd", str(NEWMAN)]
    done = run(command)
    if done.returncode != 0:
        say("bun failed; trying once more")
        done = run(command)
    if done.returncode != 0:
        raise SetupError(f"'bun install' failed; check the network. bun said:\n{last_words(done)}")


def fetch_set(name: str) -> None:
    """Runs in the virtual environment, because the files come through its pip."""
    command = [str(VENV_PYTHON), "-m", "tools.fetch_files", name]
    if subprocess.run(command, cwd=ROOT).returncode != 0:
        raise SetupError(f"the files of the set '{name}' are not complete (see above)")


def set_up(dev: bool, yolo: bool) -> None:
    ensure_system_libraries()
    ensure_venv()
    once("core", CORE, install_core)
    fetch_set("models")
    if yolo:
        once("yolo", FULL, install_yolo)
    if dev:
        once("dev", DEV, lambda: install_freeze(DEV))
        once("newman", NEWMAN_LOCK, install_newman)
        fetch_set("test-media")
        ensure_chromium()


def main() -> int:
    parser = argparse.ArgumentParser(description="Put everything Proctor needs into this folder.")
    parser.add_argument("--dev", action="store_true", help="also what checks and tests need")
    parser.add_argument("--yolo", action="store_true", help="also the YOLO packages (AGPL-3.0)")
    chosen = parser.parse_args()
    started_s = time.monotonic()
    try:
        set_up(chosen.dev, chosen.yolo)
    except (SetupError, OSError) as error:
        print(f"setup: error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped; run it again to go on", file=sys.stderr)
        return 130
    say(f"ready ({time.monotonic() - started_s:.1f} s)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
