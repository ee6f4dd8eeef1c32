"""The composition root, first half: settings become the services of one process."""

from datetime import timedelta

from proctor_app import settings as configuration
from proctor_app.clock import Clock, system_clock
from proctor_app.db.session import Database
from proctor_app.services.accounts import Accounts
from proctor_app.services.attempts import Attempts
from proctor_app.services.audit import Audit
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.container import Services
from proctor_app.services.incidents import Incidents
from proctor_app.services.logins import Logins, Policy
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.profiles import Profiles
from proctor_app.services.sessions import Sessions
from proctor_app.services.throttle import Throttle
from proctor_app.services.tickets import Tickets
from proctor_app.services.tokens import Tokens
from proctor_app.services.vault import Vault
from proctor_app.services.wall import Wall
from proctor_app.settings import Settings
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.in_process import InProcessEngine


def build_services(
    settings: Settings, engine: VisionEngine | None = None, clock: Clock = system_clock
) -> Services:
    """Wire one process's services together; opens no connection and loads no model."""
    database = Database(configuration.database_url(settings))
    vision = engine or InProcessEngine(settings.models_dir, settings.threads, settings.detector)
    vault = Vault(configuration.resolve_data_key(settings))
    pictures = FolderStore(settings.data_dir / "pictures", vault)
    throttle, broadcast, tickets = Throttle(), Broadcast(), Tickets(clock)
    audit = Audit(database, clock)
    accounts = Accounts(
        database,
        vision,
        pictures,
        vault,
        throttle,
        audit,
        clock,
        keep_photo=settings.keep_signup_photo,
    )
    logins = Logins(
        database,
        Tokens(configuration.resolve_secret(settings), clock),
        throttle,
        clock,
        Policy(
            idle=timedelta(minutes=settings.session_idle_minutes),
            absolute=timedelta(hours=settings.session_hours),
        ),
    )
    attempts = Attempts(database, clock, settings.free_session_minutes)
    incidents = Incidents(database, pictures, clock)
    profiles = Profiles(database, vault)
    monitoring = Monitoring(vision, attempts, incidents, profiles, broadcast, throttle, clock)
    sessions = Sessions(attempts, incidents, monitoring, broadcast, tickets, throttle, clock)
    wall = Wall(database, monitoring, broadcast, clock)
    return Services(
        database=database,
        engine=vision,
        audit=audit,
        accounts=accounts,
        logins=logins,
        monitoring=monitoring,
        sessions=sessions,
        wall=wall,
        broadcast=broadcast,
        tickets=tickets,
    )
