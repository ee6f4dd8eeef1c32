"""The pages are built where anything that they are made of has changed, and only there."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from proctor_app import cli_serve


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = tmp_path / "checkout"
    for name in ("proctor_app/pages/home.py", "assets/proctor.css", "rxconfig.py"):
        file = found / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"of {name}")
    monkeypatch.setattr(cli_serve, "ROOT", found)
    return found


@pytest.fixture
def web_dir(tmp_path: Path) -> Path:
    return tmp_path / "web"


class _Builds:
    """Counts the builds; each leaves a page, unless it is told to fail."""

    def __init__(self, web_dir: Path) -> None:
        self.count = 0
        self.status = 0
        self.fails_once = False
        self._web_dir = web_dir

    def run(self, command: list[str], **_: object) -> SimpleNamespace:
        assert command[1:4] == ["-m", "reflex", "export"]
        self.count += 1
        page = self._web_dir / "build" / "client" / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text("a page")
        status, self.fails_once = 3 if self.fails_once else self.status, False
        return SimpleNamespace(returncode=status)


@pytest.fixture
def builds(root: Path, web_dir: Path, monkeypatch: pytest.MonkeyPatch) -> _Builds:
    found = _Builds(web_dir)
    monkeypatch.setattr(subprocess, "run", found.run)
    return found


def test_given_nothing_changed_then_the_second_start_does_not_build(
    builds: _Builds, web_dir: Path
) -> None:
    cli_serve.build(web_dir)
    cli_serve.build(web_dir)

    assert builds.count == 1


@pytest.mark.parametrize(
    "changed", ["proctor_app/pages/home.py", "proctor_app/new.jsx", "assets/proctor.css"]
)
def test_given_a_changed_or_new_source_then_it_builds_again(
    builds: _Builds, root: Path, web_dir: Path, changed: str
) -> None:
    cli_serve.build(web_dir)
    (root / changed).write_text("something else")

    cli_serve.build(web_dir)

    assert builds.count == 2


def test_given_a_source_is_gone_then_it_builds_again(
    builds: _Builds, root: Path, web_dir: Path
) -> None:
    cli_serve.build(web_dir)
    (root / "assets" / "proctor.css").unlink()

    cli_serve.build(web_dir)

    assert builds.count == 2


def test_given_another_package_or_another_way_to_build_then_it_builds_again(
    builds: _Builds, web_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli_serve.build(web_dir)
    monkeypatch.setenv("VITE_MINIFY", "false")
    cli_serve.build(web_dir)
    assert builds.count == 2

    monkeypatch.setattr("importlib.metadata.distributions", list)
    cli_serve.build(web_dir)
    assert builds.count == 3


def test_given_what_builds_themselves_leave_behind_then_it_does_not_build_again(
    builds: _Builds, root: Path, web_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli_serve.build(web_dir)
    for left in ("assets/external/link.js", "proctor_app/__pycache__/home.pyc", "data/proctor.db"):
        (root / left).parent.mkdir(parents=True, exist_ok=True)
        (root / left).write_text("left behind")
    monkeypatch.setenv("PORT", "9123")

    cli_serve.build(web_dir)

    assert builds.count == 1


def test_given_a_failed_build_then_the_program_ends_with_its_status_and_the_next_start_builds(
    builds: _Builds, root: Path, web_dir: Path
) -> None:
    cli_serve.build(web_dir)
    (root / "rxconfig.py").write_text("broken")
    builds.status = 3

    with pytest.raises(SystemExit) as ended:
        cli_serve.build(web_dir)

    assert ended.value.code == 3
    (root / "rxconfig.py").write_text("of rxconfig.py")  # what was built before it broke
    builds.status = 0
    cli_serve.build(web_dir)
    assert builds.count == 4  # the broken one was tried twice


def test_given_a_build_fails_for_a_moment_then_it_is_tried_once_more_and_stands(
    builds: _Builds, web_dir: Path
) -> None:
    builds.fails_once = True
    cli_serve.build(web_dir)
    cli_serve.build(web_dir)

    assert builds.count == 2


def test_given_the_pages_are_gone_then_it_builds_again(builds: _Builds, web_dir: Path) -> None:
    cli_serve.build(web_dir)
    (web_dir / "build" / "client" / "index.html").unlink()

    cli_serve.build(web_dir)

    assert builds.count == 2
