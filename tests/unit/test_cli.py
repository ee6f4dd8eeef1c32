"""What an operator types, and what it does or says."""

import os
from pathlib import Path

import pytest

from proctor_app.cli import main
from proctor_app.composition import build_services
from proctor_app.domain.access import Role
from proctor_app.errors import NotAuthenticated
from proctor_app.services.logins import Origin
from proctor_app.settings import ROOT, load

pytestmark = pytest.mark.usefixtures("cheap_passwords")
EMAIL, PASSWORD = "Admin@Example.test", "a long admin phrase"
Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of its own, away from anybody's environment and .env."""
    for name in ("DATABASE_URL", "PROCTOR_ADMIN_EMAIL", "PROCTOR_ADMIN_PASSWORD", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _prompt: PASSWORD)


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """The commands this process would have become."""
    found: list[tuple[list[str], dict[str, str]]] = []

    def execve(_path: str, command: list[str], environment: dict[str, str]) -> int:
        found.append((command, environment))
        return 0

    monkeypatch.setattr(os, "execve", execve)
    return found


def _role(email: str = EMAIL, password: str = PASSWORD) -> Role:
    services = build_services(load())
    try:
        return services.logins.log_in(email, password, Origin("127.0.0.1")).account.role
    finally:
        services.database.close()


@pytest.mark.usefixtures("typed")
def test_given_an_email_when_an_admin_is_made_then_it_can_log_in(capsys: Output) -> None:
    assert main(["create-admin", EMAIL]) == 0

    assert capsys.readouterr().out == "admin@example.test is an admin now.\n"
    assert _role() is Role.ADMIN


def test_given_no_email_when_an_admin_is_made_then_the_settings_give_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROCTOR_ADMIN_EMAIL", EMAIL)
    monkeypatch.setenv("PROCTOR_ADMIN_PASSWORD", PASSWORD)

    assert main(["create-admin"]) == 0
    assert _role() is Role.ADMIN


@pytest.mark.parametrize(
    ("email", "password", "complaint"),
    [
        ("nobody", PASSWORD, "not an e-mail"),
        (EMAIL, "short", "at least 8"),
        (EMAIL, EMAIL, "e-mail address as the password"),
    ],
)
def test_given_wrong_input_when_an_admin_is_made_then_the_reason_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: Output, email: str, password: str, complaint: str
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda _prompt: password)

    assert main(["create-admin", email]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.usefixtures("typed")
def test_given_the_account_exists_when_an_admin_is_made_then_it_is_refused(
    capsys: Output,
) -> None:
    main(["create-admin", EMAIL])

    assert main(["create-admin", EMAIL.lower()]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.usefixtures("typed")
def test_given_an_account_when_its_role_is_set_then_it_has_it(capsys: Output) -> None:
    main(["create-admin", EMAIL])

    assert main(["set-role", EMAIL.upper(), "proctor"]) == 0

    assert "is a proctor now" in capsys.readouterr().out
    assert _role() is Role.PROCTOR


def test_given_no_account_when_its_role_is_set_then_it_is_said(capsys: Output) -> None:
    assert main(["set-role", "nobody@example.test", "proctor"]) == 2
    assert "no account" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["set-role", EMAIL, "king"], ["create-admin", EMAIL, "more"]]
)
def test_given_nonsense_then_the_usage_is_shown(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["serve"], ["create-admin", EMAIL], ["set-role", EMAIL, "admin"]]
)
def test_given_a_wrong_setting_then_no_command_touches_anything(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Output, data_dir: Path
) -> None:
    monkeypatch.setenv("PORT", "eighty")

    assert main(arguments) == 2

    assert "PORT" in capsys.readouterr().err
    assert not data_dir.exists()


def test_given_a_damaged_key_then_it_is_said_which_file(capsys: Output, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "secret.key").touch()

    assert main(["set-role", EMAIL, "admin"]) == 2
    assert "secret.key" in capsys.readouterr().err


def test_given_a_database_that_does_not_answer_then_it_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

    assert main(["set-role", EMAIL, "admin"]) == 2
    assert "database does not answer" in capsys.readouterr().err


def test_given_models_are_missing_when_serving_then_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: Output, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROCTOR_MODELS_DIR", str(tmp_path))

    assert main(["serve"]) == 2
    assert "make setup" in capsys.readouterr().err


class TestServing:
    """With models in place; the server itself is not started."""

    @pytest.fixture(autouse=True)
    def _models(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("proctor_app.vision.models.files.require_models", lambda _folder: None)

    def test_given_settings_then_the_server_gets_them(
        self,
        executed: list[tuple[list[str], dict[str, str]]],
        monkeypatch: pytest.MonkeyPatch,
        data_dir: Path,
    ) -> None:
        monkeypatch.setenv("PORT", "9123")
        monkeypatch.setenv("DATA_DIR", "data")  # relative to where the operator stands

        assert main(["serve"]) == 0

        ((command, environment),) = executed
        assert command[1:] == ["-m", "proctor_app.cli_serve"]
        assert environment["PORT"] == "9123"
        assert environment["DATA_DIR"] == str(data_dir)
        assert environment["GRANIAN_WORKERS"] == "1"
        assert Path.cwd() == ROOT

    @pytest.mark.usefixtures("executed")
    def test_given_an_admin_in_the_settings_then_the_first_start_makes_it_and_only_the_first(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PROCTOR_ADMIN_EMAIL", EMAIL)
        monkeypatch.setenv("PROCTOR_ADMIN_PASSWORD", PASSWORD)
        assert main(["serve"]) == 0
        assert _role() is Role.ADMIN

        monkeypatch.setenv("PROCTOR_ADMIN_PASSWORD", "another long phrase")
        assert main(["serve"]) == 0

        assert _role() is Role.ADMIN
        with pytest.raises(NotAuthenticated):
            _role(password="another long phrase")

    @pytest.mark.usefixtures("executed")
    def test_given_no_admin_anywhere_then_it_says_how_to_make_one_and_makes_none(
        self, capsys: Output
    ) -> None:
        assert main(["serve"]) == 0

        assert "create-admin" in capsys.readouterr().out
        services = build_services(load())
        assert not services.accounts.has_admin()
        services.database.close()

    def test_given_a_weak_admin_password_then_the_server_does_not_start(
        self,
        executed: list[tuple[list[str], dict[str, str]]],
        monkeypatch: pytest.MonkeyPatch,
        capsys: Output,
    ) -> None:
        monkeypatch.setenv("PROCTOR_ADMIN_EMAIL", EMAIL)
        monkeypatch.setenv("PROCTOR_ADMIN_PASSWORD", "short")

        assert main(["serve"]) == 2

        assert "password_too_short" in capsys.readouterr().err
        assert executed == []
