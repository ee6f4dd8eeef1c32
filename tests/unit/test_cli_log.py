"""``verify-log``: what it prints and how it exits, for people and for cron."""

from pathlib import Path

import pytest
from sqlalchemy import text

from proctor_app.cli import main
from proctor_app.composition import build_services
from proctor_app.db.migrations import upgrade
from proctor_app.services.audit import START
from proctor_app.settings import load

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def data_dir(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An operator in an empty folder, with nothing set but where the data lie."""
    for name in ("DATABASE_URL", "SECRET_KEY", "PROCTOR_SECRET", "PROCTOR_DATA_KEY", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def _written(entries: int, *statements: str) -> None:
    """An installation with a log, and what somebody did to it by hand."""
    services = build_services(load())
    upgrade(services.database.engine)
    for number in range(entries):
        with services.database.write() as session:
            services.audit.note(session, None, "test.done", "user", f"{number}")
    with services.database.write() as session:
        for statement in statements:
            session.connection().execute(text(statement))
    services.database.close()


def test_given_a_whole_log_then_it_is_counted_and_the_exit_is_0(capsys: Output) -> None:
    _written(3)

    assert main(["verify-log"]) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("3 entries checked, the last digest is ")
    assert START not in first
    assert second == "ok"


def test_given_an_empty_log_then_it_is_whole(capsys: Output) -> None:
    _written(0)

    assert main(["verify-log"]) == 0
    assert "0 entries checked" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit_log SET detail = '{}x' WHERE number = 2", "entry 2 was changed"),
        ("UPDATE audit_log SET at = 'soon' WHERE number = 2", "entry 2 can't be read"),
        ("DELETE FROM audit_log WHERE number = 1", "entry 1 is missing"),
        ("DELETE FROM audit_log WHERE number = 3", "the log ends at entry 2, not at 3"),
    ],
)
def test_given_a_log_that_was_changed_then_the_first_problem_is_said_and_the_exit_is_1(
    statement: str, problem: str, capsys: Output
) -> None:
    _written(3, statement)

    assert main(["verify-log"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == f"NOT OK: {problem}"


def _nothing(_data_dir: Path) -> None:
    pass


def _garbage(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "proctor.db").write_bytes(b"this is no database at all, whatever its name" * 100)


def _no_tables(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "proctor.db").touch()


@pytest.mark.parametrize("prepare", [_nothing, _garbage, _no_tables])
def test_given_no_database_that_can_be_read_then_one_line_says_so_and_the_exit_is_2(
    prepare: object, data_dir: Path, capsys: Output
) -> None:
    assert callable(prepare)
    prepare(data_dir)

    assert main(["verify-log"]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert "database" in said.err


def test_given_a_server_that_does_not_answer_then_one_line_says_so_and_the_exit_is_2(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    assert main(["verify-log"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_given_a_check_then_nothing_is_written(data_dir: Path) -> None:
    _written(2)
    (data_dir / "secret.key").unlink(missing_ok=True)
    before = {path.name for path in data_dir.iterdir()}

    main(["verify-log"])

    assert {path.name for path in data_dir.iterdir()} == before
