"""What every group of services stands on: settings, stores, the clock, and shared records."""

from dataclasses import dataclass

from proctor_app import settings as configuration
from proctor_app.clock import Clock
from proctor_app.db.session import Database
from proctor_app.services.audit import Audit
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.cursors import Cursors
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.joining import Joining
from proctor_app.services.moves import Moves
from proctor_app.services.password_reset import Site
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.profiles import Profiles
from proctor_app.services.receipts import key_of
from proctor_app.services.results import ResultsOf
from proctor_app.services.throttle import Throttle
from proctor_app.services.vault import Vault
from proctor_app.services.versions import Versions
from proctor_app.settings import Settings
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.in_process import InProcessEngine


@dataclass(frozen=True, slots=True)
class Ground:
    """One of each for the process. secret: signs what leaves it."""

    settings: Settings
    clock: Clock
    secret: str
    site: Site
    database: Database
    engine: VisionEngine
    vault: Vault
    pictures: FolderStore
    cursors: Cursors
    throttle: Throttle
    broadcast: Broadcast
    audit: Audit


def lay_ground(settings: Settings, engine: VisionEngine | None, clock: Clock) -> Ground:
    """Opens no connection and loads no model."""
    database = Database(configuration.database_url(settings))
    vault = Vault(configuration.resolve_data_key(settings))
    return Ground(
        settings=settings,
        clock=clock,
        secret=configuration.resolve_secret(settings),
        site=Site(settings.public_url, settings.allowed_origins),
        database=database,
        engine=engine or InProcessEngine(settings.models_dir, settings.threads, settings.detector),
        vault=vault,
        pictures=FolderStore(settings.data_dir / "pictures", vault),
        cursors=Cursors(vault),
        throttle=Throttle(),
        broadcast=Broadcast(),
        audit=Audit(database, clock),
    )


@dataclass(frozen=True, slots=True)
class Records:
    """How an attempt is read and moved, the same for the candidate, the desk and the reviewer."""

    versions: Versions
    moves: Moves
    rules: ExamRules
    results: ResultsOf
    joining: Joining
    profiles: Profiles


def open_records(ground: Ground) -> Records:
    database, clock = ground.database, ground.clock
    versions, receipt_key = Versions(database), key_of(ground.secret)
    moves = Moves(versions, clock, receipt_key)
    return Records(
        versions=versions,
        moves=moves,
        rules=ExamRules(database, versions),
        results=ResultsOf(database, versions, clock, receipt_key),
        joining=Joining(database, versions, moves, ground.audit, clock),
        profiles=Profiles(database, ground.vault),
    )
