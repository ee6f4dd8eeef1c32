"""The composition root, first half: settings become the services of one process."""

from collections.abc import Callable
from datetime import timedelta

from proctor_app import settings as configuration
from proctor_app.clock import Clock, system_clock
from proctor_app.db.session import Database
from proctor_app.services.accounts import Accounts
from proctor_app.services.attempts import Attempts
from proctor_app.services.audit import Audit
from proctor_app.services.audit_log import AuditLog
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.container import Services
from proctor_app.services.cursors import Cursors
from proctor_app.services.enrolment import Enrolment
from proctor_app.services.erasure import Erasure
from proctor_app.services.face_door import FaceDoor
from proctor_app.services.face_live import FaceLive
from proctor_app.services.face_login import FaceLogin, any_action
from proctor_app.services.face_tries import FaceTries
from proctor_app.services.incidents import Incidents
from proctor_app.services.logins import Logins, Policy
from proctor_app.services.mail import LogMailer, Mailer, SmtpMailer, SmtpServer
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.own_data import OwnData
from proctor_app.services.password_reset import PasswordChanges, Site
from proctor_app.services.passwords import PasswordPool
from proctor_app.services.people import People
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.profiles import Profiles
from proctor_app.services.second_factor import SecondFactor
from proctor_app.services.sessions import Sessions
from proctor_app.services.throttle import Throttle
from proctor_app.services.tickets import Tickets
from proctor_app.services.tokens import Tokens
from proctor_app.services.vault import Vault
from proctor_app.services.wall import Wall
from proctor_app.settings import Settings
from proctor_app.vision.challenge import Action
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.in_process import InProcessEngine


def build_services(
    settings: Settings,
    engine: VisionEngine | None = None,
    clock: Clock = system_clock,
    mailer: Mailer | None = None,
    choose_action: Callable[[], Action] = any_action,
) -> Services:
    """Wire one process's services together; opens no connection and loads no model."""
    database = Database(configuration.database_url(settings))
    vision = engine or InProcessEngine(settings.models_dir, settings.threads, settings.detector)
    vault = Vault(configuration.resolve_data_key(settings))
    pictures = FolderStore(settings.data_dir / "pictures", vault)
    throttle, broadcast, tickets = Throttle(), Broadcast(), Tickets(clock)
    audit, password_pool = Audit(database, clock), PasswordPool()
    accounts = Accounts(
        database,
        vision,
        pictures,
        vault,
        throttle,
        password_pool,
        audit,
        clock,
        keep_photo=settings.keep_signup_photo,
    )
    second_factor = SecondFactor(database, vault, throttle, audit, clock)
    logins = Logins(
        database,
        Tokens(configuration.resolve_secret(settings), clock),
        throttle,
        second_factor,
        audit,
        clock,
        Policy(
            idle=timedelta(minutes=settings.session_idle_minutes),
            absolute=timedelta(hours=settings.session_hours),
            second_factor_for_staff=settings.second_factor == "staff",
        ),
    )
    site = Site(settings.public_url, settings.allowed_origins)
    passwords = PasswordChanges(
        database, logins, mailer or _mailer(settings), throttle, audit, clock, site
    )
    attempts = Attempts(database, audit, clock, settings.free_session_minutes)
    incidents = Incidents(database, pictures, audit, clock)
    profiles = Profiles(database, vault)
    monitoring = Monitoring(vision, attempts, incidents, profiles, broadcast, throttle, clock)
    sessions = Sessions(attempts, incidents, monitoring, broadcast, tickets, throttle, clock)
    wall = Wall(database, monitoring, broadcast, clock)
    face_door = FaceDoor(database, audit, clock, configuration.resolve_secret(settings))
    face_login = FaceLogin(face_door, vision, profiles, logins, throttle, clock, choose_action)
    return Services(
        database=database,
        engine=vision,
        audit=audit,
        accounts=accounts,
        enrolment=Enrolment(
            database, vision, pictures, vault, throttle, password_pool, audit, clock
        ),
        face_tries=FaceTries(vision, throttle, clock),
        own_data=OwnData(database, pictures, vault, throttle, audit, clock),
        logins=logins,
        face_login=face_login,
        face_live=FaceLive(face_login, clock),
        second_factor=second_factor,
        passwords=passwords,
        password_pool=password_pool,
        people=People(database, logins, pictures, Cursors(vault), audit, clock),
        erasure=Erasure(database, logins, pictures, audit, clock),
        audit_log=AuditLog(database),
        monitoring=monitoring,
        sessions=sessions,
        wall=wall,
        broadcast=broadcast,
        tickets=tickets,
    )


def _mailer(settings: Settings) -> Mailer:
    if not settings.smtp_host:
        return LogMailer()
    server = SmtpServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.mail_from or settings.smtp_user or f"proctor@{settings.smtp_host}",
        settings.smtp_user,
        settings.smtp_password.get_secret_value(),
    )
    return SmtpMailer(server)
