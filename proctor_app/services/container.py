"""All services of one process, built once by the composition root."""

from dataclasses import dataclass

from proctor_app.db.session import Database
from proctor_app.services.accounts import Accounts
from proctor_app.services.audit import Audit
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.logins import Logins
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.sessions import Sessions
from proctor_app.services.tickets import Tickets
from proctor_app.services.wall import Wall
from proctor_app.vision.engine import VisionEngine


@dataclass(frozen=True, slots=True)
class Services:
    database: Database
    engine: VisionEngine
    audit: Audit
    accounts: Accounts
    logins: Logins
    monitoring: Monitoring
    sessions: Sessions
    wall: Wall
    broadcast: Broadcast
    tickets: Tickets
