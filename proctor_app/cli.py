"""What an operator types. Settings are checked before anything is touched."""

import argparse
import getpass
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from proctor_app import settings as configuration
from proctor_app.clock import system_clock
from proctor_app.db.session import Database
from proctor_app.domain.access import Role
from proctor_app.errors import ProctorError
from proctor_app.services.audit import Audit
from proctor_app.settings import Settings, SettingsError

if TYPE_CHECKING:
    from proctor_app.services.container import Services

Command = Callable[[argparse.Namespace, Settings], int]


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the process's exit status (2: wrong input)."""
    options = _parser().parse_args(arguments)
    try:
        settings = configuration.load()
        command: Command = options.command
        return command(options, settings)
    except SettingsError as error:
        return _fail(f"These settings are wrong:\n{error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m proctor_app", description="Exam proctoring.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="build the pages and serve everything on one port")
    serve.set_defaults(command=_serve)
    admin = commands.add_parser("create-admin", help="make an admin's account")
    admin.add_argument("email", nargs="?")
    admin.set_defaults(command=_create_admin)
    role = commands.add_parser("set-role", help="make an account a student, proctor or admin")
    role.add_argument("email")
    role.add_argument("role", choices=["student", "proctor", "admin"])
    role.set_defaults(command=_set_role)
    log = commands.add_parser("verify-log", help="check that nobody changed the audit log")
    log.set_defaults(command=_verify_log)
    analyze = commands.add_parser("analyze", help="find the incidents in a recording")
    analyze.add_argument("video", type=Path)
    analyze.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    analyze.add_argument(
        "--annotate", type=Path, metavar="FILE", help="write a video with the findings drawn in"
    )
    analyze.add_argument("--report", type=Path, metavar="FILE", help="write a report as HTML")
    analyze.add_argument("--fps", type=float, default=4.0, help="frames looked at per second (4)")
    analyze.set_defaults(command=_analyze)
    return parser


def _serve(_options: argparse.Namespace, settings: Settings) -> int:
    """Become the server; only a refusal to start returns."""
    from proctor_app.vision.detectors import require_detector
    from proctor_app.vision.errors import ModelsMissing
    from proctor_app.vision.models.files import require_models

    try:
        require_models(settings.models_dir)
        require_detector(settings.models_dir, settings.detector)
        _first_admin(settings)
    except (ModelsMissing, ProctorError) as error:
        return _fail(str(error))
    sys.stdout.flush()
    environment = os.environ | {
        "PORT": str(settings.port),
        "DATA_DIR": str(settings.data_dir.resolve()),
        "GRANIAN_WORKERS": "1",
        "REFLEX_USE_GRANIAN": "true",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    os.chdir(configuration.ROOT)
    command = [sys.executable, "-m", "proctor_app.cli_serve"]
    return os.execve(sys.executable, command, environment)  # noqa: S606 - our own interpreter


def _first_admin(settings: Settings) -> None:
    """Migrate, and make the admin of the settings where the installation has none."""
    with _services(settings) as services:
        if services.accounts.has_admin():
            return
        if settings.admin_email is None or settings.admin_password is None:
            print("No admin yet: set PROCTOR_ADMIN_EMAIL and PROCTOR_ADMIN_PASSWORD, or run")
            print("  .venv/bin/python -m proctor_app create-admin")
            return
        password = settings.admin_password.get_secret_value()
        services.accounts.create(settings.admin_email, password, Role.ADMIN)


def _create_admin(options: argparse.Namespace, settings: Settings) -> int:
    email = options.email or settings.admin_email or input("E-mail: ")
    given = settings.admin_password.get_secret_value() if settings.admin_password else ""
    password = given or getpass.getpass("Password: ")
    try:
        with _services(settings) as services:
            account = services.accounts.create(email, password, Role.ADMIN)
    except ProctorError as error:
        return _fail(error.detail)
    print(f"{account.email} is an admin now.")
    return 0


def _set_role(options: argparse.Namespace, settings: Settings) -> int:
    try:
        with _services(settings) as services:
            account = services.accounts.set_role(options.email, Role(options.role))
    except ProctorError as error:
        return _fail(error.detail)
    print(f"{account.email} is a {account.role} now.")
    return 0


def _verify_log(_options: argparse.Namespace, settings: Settings) -> int:
    """0: whole; 1: an entry was changed, added or taken out; 2: the log can't be read."""
    url = configuration.database_url(settings)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return _fail("There is no database yet.")
    database = Database(url)
    try:
        found = Audit(database, system_clock).verify()
    except ProctorError as error:
        return _fail(f"The audit log can't be read: {error.detail}")
    finally:
        database.close()
    print(f"{found.entries} entries checked, the last digest is {found.digest}")
    print(f"NOT OK: {found.problem}" if found.problem else "ok")
    return 1 if found.problem else 0


def _analyze(options: argparse.Namespace, settings: Settings) -> int:
    from proctor_app.cli_analyze import Outputs, run  # loads the models' libraries

    outputs = Outputs(options.json, options.annotate, options.report)
    return run(options.video, outputs, settings.models_dir, options.fps, settings.detector)


@contextmanager
def _services(settings: Settings) -> "Iterator[Services]":
    """The services over a migrated database, for the length of one command."""
    from proctor_app.composition import build_services  # loads the models' libraries
    from proctor_app.db.migrations import upgrade

    services = build_services(settings)
    upgrade(services.database.engine)
    try:
        yield services
    finally:
        services.database.close()


def _fail(text: str) -> int:
    print(text, file=sys.stderr)
    return 2
