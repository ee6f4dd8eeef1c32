"""Settings come from the environment or ``.env`` and are checked once, at the start."""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from cryptography.fernet import Fernet
from email_validator import validate_email
from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET_BYTES = 32
_ORIGIN = re.compile(r"https?://[^/?#*@\s]+")
_HOST = re.compile(r"[a-z0-9.:-]{1,253}")
_MEND = "restore it from a backup; where there is none at all, a new one is made"


class SettingsError(ValueError):
    """One line per setting that is wrong, with its name, fit to be shown to an operator."""


class Settings(BaseSettings):
    """Every setting with its default; ``.env.example`` documents them for operators."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, populate_by_name=True, env_ignore_empty=True
    )

    port: int = Field(8080, ge=1, le=65535, alias="PORT")
    data_dir: Path = Field(ROOT / "data", alias="DATA_DIR")
    database_url: str = Field("", alias="DATABASE_URL")
    models_dir: Path = Field(ROOT / "models", alias="PROCTOR_MODELS_DIR")

    secret: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("PROCTOR_SECRET", "SECRET_KEY")
    )
    data_key: SecretStr = Field(SecretStr(""), alias="PROCTOR_DATA_KEY")
    admin_email: str | None = Field(None, alias="PROCTOR_ADMIN_EMAIL")
    admin_password: SecretStr | None = Field(None, alias="PROCTOR_ADMIN_PASSWORD")

    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), alias="PROCTOR_ALLOWED_ORIGINS"
    )
    outgoing_allowed: Annotated[tuple[str, ...], NoDecode] = Field(
        (), alias="PROCTOR_OUTGOING_ALLOWED"
    )
    secure_cookies: bool = Field(False, alias="PROCTOR_SECURE_COOKIES")
    session_idle_minutes: int = Field(120, ge=5, alias="PROCTOR_SESSION_IDLE_MINUTES")
    session_hours: int = Field(12, ge=1, le=720, alias="PROCTOR_SESSION_HOURS")

    second_factor: Literal["optional", "staff"] = Field("optional", alias="PROCTOR_SECOND_FACTOR")
    public_url: str = Field("", alias="PROCTOR_PUBLIC_URL")
    smtp_host: str = Field("", alias="PROCTOR_SMTP_HOST")
    smtp_port: int = Field(587, ge=1, le=65535, alias="PROCTOR_SMTP_PORT")
    smtp_user: str = Field("", alias="PROCTOR_SMTP_USER")
    smtp_password: SecretStr = Field(SecretStr(""), alias="PROCTOR_SMTP_PASSWORD")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", alias="PROCTOR_SMTP_SECURITY"
    )
    mail_from: str = Field("", alias="PROCTOR_MAIL_FROM")

    frame_transport: Literal["event", "websocket"] = Field("event", alias="PROCTOR_FRAME_TRANSPORT")
    frame_rate_fps: float = Field(2.0, ge=0.5, le=10, alias="PROCTOR_FRAME_RATE_FPS")
    detector: Literal["auto", "efficientdet", "yolo"] = Field("auto", alias="PROCTOR_DETECTOR")
    vision_threads: int = Field(0, ge=0, le=256, alias="PROCTOR_VISION_THREADS")
    free_session_minutes: int = Field(120, ge=1, le=1440, alias="PROCTOR_FREE_SESSION_MINUTES")
    keep_signup_photo: bool = Field(False, alias="PROCTOR_KEEP_SIGNUP_PHOTO")

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        origins = tuple(part.strip().rstrip("/").lower() for part in parts if part.strip())
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is not an origin such as https://exams.example.org")
        return origins

    @field_validator("outgoing_allowed", mode="before")
    @classmethod
    def _split_allowed(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        found = tuple(part.strip().lower() for part in parts if part.strip())
        for part in found:
            if "/" in part:
                ip_network(part)
            elif not _HOST.fullmatch(part):
                raise ValueError(
                    f"{part!r} is neither a host name nor a network such as 10.0.0.0/8"
                )
        return found

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        if given and len(given.encode()) < MIN_SECRET_BYTES:
            raise ValueError(f"needs at least {MIN_SECRET_BYTES} bytes")
        return value

    @field_validator("data_key")
    @classmethod
    def _is_fernet_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            try:
                Fernet(value.get_secret_value())
            except ValueError as error:
                raise ValueError("is not a Fernet key (32 bytes, url-safe base64)") from error
        return value

    @field_validator("admin_email")
    @classmethod
    def _is_email(cls, value: str | None) -> str | None:
        if value is None:
            return None
        return validate_email(value, check_deliverability=False, test_environment=True).normalized

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        kinds = ("sqlite", "postgresql", "postgres", "mysql", "mariadb")
        scheme, colon, _ = value.partition(":")
        if value and (not colon or scheme.split("+", 1)[0] not in kinds):
            raise ValueError("must begin with sqlite:, postgresql: or mysql:")
        return value

    @model_validator(mode="after")
    def _admin_is_whole(self) -> "Settings":
        if (self.admin_email is None) != (self.admin_password is None):
            raise ValueError(
                "PROCTOR_ADMIN_EMAIL and PROCTOR_ADMIN_PASSWORD belong together: set both or none"
            )
        return self

    @property
    def threads(self) -> int:
        return self.vision_threads or os.cpu_count() or 1


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; raises SettingsError with one line per wrong one."""
    try:
        # The values come from the environment, which the type checker can't see.
        return Settings() if environ is None else Settings.model_validate(dict(environ))
    except ValidationError as error:
        lines = (
            f"{'.'.join(str(part) for part in item['loc']) or 'settings'}: {item['msg']}"
            for item in error.errors()
        )
        raise SettingsError("\n".join(lines)) from error


def resolve_secret(settings: Settings) -> str:
    """The signing secret: from the environment, else one made once and kept with mode 600."""
    given = settings.secret.get_secret_value()
    return given or _kept(settings.data_dir / "secret.key", lambda: secrets.token_urlsafe(48))


def resolve_data_key(settings: Settings) -> str:
    """The key that encrypts evidence and face templates, kept like the secret."""
    given = settings.data_key.get_secret_value()
    if given:
        return given
    path = settings.data_dir / "data.key"
    kept = _kept(path, lambda: Fernet.generate_key().decode())
    try:
        Fernet(kept)
    except ValueError as error:
        raise SettingsError(f"{path} is damaged: {_MEND}") from error
    return kept


def database_url(settings: Settings) -> str:
    """The database's address with a driver this project installs."""
    url = settings.database_url
    if not url:
        return f"sqlite:///{settings.data_dir / 'proctor.db'}"
    scheme, rest = url.split(":", 1)
    drivers = {
        "postgres": "postgresql+psycopg",
        "postgresql": "postgresql+psycopg",
        "mysql": "mysql+pymysql",
        "mariadb": "mariadb+pymysql",
    }
    return f"{drivers.get(scheme, scheme)}:{rest}"


def _kept(path: Path, make: Callable[[], str]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make_file(path, make())
    kept = path.read_text().strip()
    if len(kept.encode()) < MIN_SECRET_BYTES:  # an empty secret would sign anybody's tokens
        raise SettingsError(f"{path} is damaged: {_MEND}")
    return kept


def _make_file(path: Path, text: str) -> None:
    with suppress(FileExistsError):  # another process was faster; its key counts
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
        except OSError:
            path.unlink()
            raise
