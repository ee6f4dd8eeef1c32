"""Takes files out of packages of the Python registry and checks them, without installing anything.

    .venv/bin/python -m tools.fetch_files models test-media

What a set holds stands in registry_files.toml. A file that is there with the right sha256 is left
alone, so a second run needs no network; one that is damaged is fetched again.
"""

import argparse
import hashlib
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_name("registry_files.toml")
ATTEMPTS = 2


class FetchError(Exception):
    """A file could not be had; the message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class WheelFile:
    """One file inside a wheel, and where it goes."""

    path: str
    destination: Path
    sha256: str

    def is_present(self) -> bool:
        return self.destination.is_file() and sha256_of(self.destination) == self.sha256


@dataclass(frozen=True, slots=True)
class Wheel:
    """One pinned wheel; without `python` and `platform` it is the same one everywhere."""

    set_name: str
    package: str
    version: str
    python: str | None
    platform: str | None
    files: tuple[WheelFile, ...]

    @property
    def requirement(self) -> str:
        return f"{self.package}=={self.version}"

    def missing(self) -> tuple[WheelFile, ...]:
        return tuple(file for file in self.files if not file.is_present())


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_table(table: Path = TABLE, root: Path = ROOT) -> tuple[Wheel, ...]:
    """The wheels of the table, destinations made absolute below `root`."""
    with table.open("rb") as stream:
        entries = tomllib.load(stream)["wheel"]
    return tuple(
        Wheel(
            set_name=entry["set"],
            package=entry["package"],
            version=entry["version"],
            python=entry.get("python"),
            platform=entry.get("platform"),
            files=tuple(
                WheelFile(path, root / entry["folder"] / Path(path).name, sha256)
                for path, sha256 in entry["files"].items()
            ),
        )
        for entry in entries
    )


def download(wheel: Wheel, folder: Path) -> Path:
    """Downloads one wheel with pip; FetchError with pip's last words when that fails twice."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    if wheel.python is not None:
        command += ["--python-version", wheel.python]
    if wheel.platform is not None:
        command += ["--platform", wheel.platform]
    output = ""
    for _attempt in range(ATTEMPTS):
        done = subprocess.run([*command, wheel.requirement], capture_output=True, text=True)
        found = next(folder.glob("*.whl"), None)
        if done.returncode == 0 and found is not None:
            return found
        output = done.stderr or done.stdout
    last_words = "\n".join(output.strip().splitlines()[-5:])
    raise FetchError(
        f"pip could not download {wheel.requirement}; check the network or pip's settings and "
        f"run this again. pip said:\n{last_words}"
    )


def extract(archive: zipfile.ZipFile, file: WheelFile) -> None:
    """Puts one file in its place, whole and checked, or not at all."""
    content = archive.read(file.path)
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise FetchError(
            f"{file.path} has sha256 {found} instead of {file.sha256}: the registry serves "
            f"something else than what was reviewed. Nothing was written."
        )
    file.destination.parent.mkdir(parents=True, exist_ok=True)
    part = file.destination.with_name(f".{file.destination.name}.part")
    try:
        part.write_bytes(content)
        part.replace(file.destination)
    finally:
        part.unlink(missing_ok=True)


def fetch(wheel: Wheel) -> None:
    """Brings the missing files of one wheel; does nothing when all are there."""
    missing = wheel.missing()
    if not missing:
        return
    names = ", ".join(file.destination.name for file in missing)
    print(f"fetching {names} (from {wheel.requirement})", flush=True)
    with tempfile.TemporaryDirectory(prefix="proctor-fetch-") as folder:
        path = download(wheel, Path(folder))
        try:
            with zipfile.ZipFile(path) as archive:
                for file in missing:
                    extract(archive, file)
        except (zipfile.BadZipFile, KeyError) as error:
            raise FetchError(f"{path.name} is not the expected wheel: {error}") from error


def fetch_sets(names: Iterable[str], wheels: tuple[Wheel, ...]) -> None:
    """Brings every missing file of the named sets."""
    known = sorted({wheel.set_name for wheel in wheels})
    for name in names:
        if name not in known:
            raise FetchError(f"there is no set {name!r}; known: {', '.join(known)}")
        for wheel in wheels:
            if wheel.set_name == name:
                fetch(wheel)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Fetch sets of files from registry packages.")
    parser.add_argument("sets", nargs="+", help="names of sets in registry_files.toml")
    chosen = parser.parse_args(arguments)
    try:
        fetch_sets(chosen.sets, read_table())
    except (FetchError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
