"""Settings are checked once, at the start, and every complaint names its setting."""

import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from proctor_app import settings as configuration
from proctor_app.settings import (
    ROOT,
    Settings,
    SettingsError,
    load,
    resolve_data_key,
    resolve_secret,
)

Resolve = Callable[[Settings], str]
KEYS = [(resolve_secret, "secret.key"), (resolve_data_key, "data.key")]


def _settings(data_dir: Path, **environ: str) -> Settings:
    return load({"DATA_DIR": str(data_dir), **environ})


def test_given_no_setting_at_all_then_the_defaults_serve() -> None:
    settings = load({})

    assert settings.port == 8080
    assert settings.database_url == ""
    assert settings.allowed_origins == ()
    assert (settings.secure_cookies, settings.keep_signup_photo) == (False, False)
    assert settings.threads >= 1


def test_given_the_environment_then_it_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # away from anybody's .env
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("PROCTOR_ALLOWED_ORIGINS", "")  # empty is as good as not set

    assert load().port == 9000
    assert load().allowed_origins == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "eighty"),
        ("DATABASE_URL", "oracle://db"),
        ("DATABASE_URL", "sqlite"),
        ("DATABASE_URL", "proctor.db"),
        ("PROCTOR_SECRET", "x" * 31),
        ("PROCTOR_DATA_KEY", "x" * 44),
        ("PROCTOR_DATA_KEY", "not base64"),
        ("PROCTOR_ADMIN_EMAIL", "nobody"),
        ("PROCTOR_ADMIN_EMAIL", "admin@example.org"),  # without its password
        ("PROCTOR_ADMIN_PASSWORD", "a long phrase"),  # without its e-mail
        ("PROCTOR_ALLOWED_ORIGINS", "*"),
        ("PROCTOR_ALLOWED_ORIGINS", "https://*.example.org"),
        ("PROCTOR_ALLOWED_ORIGINS", "exams.example.org"),
        ("PROCTOR_ALLOWED_ORIGINS", "https://ok.example, https://b.example/path"),
        ("PROCTOR_SECURE_COOKIES", "perhaps"),
        ("PROCTOR_SESSION_IDLE_MINUTES", "4"),
        ("PROCTOR_SESSION_HOURS", "721"),
        ("PROCTOR_FRAME_TRANSPORT", "pigeon"),
        ("PROCTOR_FRAME_RATE_FPS", "0.1"),
        ("PROCTOR_FRAME_RATE_FPS", "11"),
        ("PROCTOR_FREE_SESSION_MINUTES", "0"),
        ("PROCTOR_VISION_THREADS", "-1"),
    ],
)
def test_given_a_wrong_setting_then_the_complaint_names_it_and_keeps_its_value_to_itself(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        load({name: value})

    if name in ("PROCTOR_SECRET", "PROCTOR_DATA_KEY", "PROCTOR_ADMIN_PASSWORD"):
        assert value not in str(refused.value)


def test_given_several_wrong_settings_then_each_has_its_line() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"PORT": "0", "PROCTOR_SESSION_HOURS": "0"})

    assert [line.split(":")[0] for line in str(refused.value).splitlines()] == [
        "PORT",
        "PROCTOR_SESSION_HOURS",
    ]


def test_given_origins_then_they_are_split_and_normal() -> None:
    settings = load({"PROCTOR_ALLOWED_ORIGINS": " https://A.example.org/ ,, http://localhost:3000"})

    assert settings.allowed_origins == ("https://a.example.org", "http://localhost:3000")


@pytest.mark.parametrize("name", ["PROCTOR_SECRET", "SECRET_KEY"])
def test_given_a_secret_under_either_name_then_it_is_used_and_nothing_is_written(
    tmp_path: Path, name: str
) -> None:
    assert resolve_secret(_settings(tmp_path / "data", **{name: "s" * 40})) == "s" * 40
    assert not (tmp_path / "data").exists()


def test_given_a_data_key_then_it_is_used_and_nothing_is_written(tmp_path: Path) -> None:
    key = Fernet.generate_key().decode()

    assert resolve_data_key(_settings(tmp_path / "data", PROCTOR_DATA_KEY=key)) == key
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("resolve", "name"), KEYS)
def test_given_no_key_then_one_is_made_for_this_installation_alone_and_kept(
    tmp_path: Path, resolve: Resolve, name: str
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"

    made = resolve(_settings(here))

    assert resolve(_settings(here)) == made
    assert resolve(_settings(elsewhere)) != made
    assert len(made.encode()) >= 32
    assert stat.S_IMODE((here / name).stat().st_mode) == 0o600


@pytest.mark.parametrize(("resolve", "name"), KEYS)
@pytest.mark.parametrize("content", ["", "\n", "too short"])
def test_given_a_damaged_key_file_then_it_is_refused_by_name_never_used(
    tmp_path: Path, resolve: Resolve, name: str, content: str
) -> None:
    (tmp_path / name).write_text(content)

    with pytest.raises(SettingsError, match=name):
        resolve(_settings(tmp_path))
    assert (tmp_path / name).read_text() == content


@pytest.mark.parametrize(("resolve", "name"), KEYS)
def test_given_another_process_made_the_key_in_the_same_moment_then_its_key_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resolve: Resolve, name: str
) -> None:
    theirs = resolve(_settings(tmp_path / "theirs"))
    path = tmp_path / name
    real = Path.exists

    def too_early(self: Path) -> bool:
        found = real(self)
        if self == path and not found:
            path.write_text(theirs)
        return found

    monkeypatch.setattr(Path, "exists", too_early)

    assert resolve(_settings(tmp_path)) == theirs


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("", "sqlite:///DATA/proctor.db"),
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql+psycopg://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("mysql://u:p@h/d", "mysql+pymysql://u:p@h/d"),
        ("mariadb://u:p@h/d", "mariadb+pymysql://u:p@h/d"),
        ("mysql+mysqlconnector://u:p@h/d", "mysql+mysqlconnector://u:p@h/d"),
    ],
)
def test_given_a_database_url_then_it_gets_a_driver_that_is_installed(
    tmp_path: Path, given: str, used: str
) -> None:
    settings = _settings(tmp_path, DATABASE_URL=given)

    assert configuration.database_url(settings) == used.replace("DATA", str(tmp_path))


def test_every_setting_is_documented_for_operators() -> None:
    documented = set(re.findall(r"^# ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    known = {
        field.alias or "PROCTOR_SECRET"
        for field in Settings.model_fields.values()  # the secret alone has two names
    }

    assert known == documented
