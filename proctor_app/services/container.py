"""All services of one process, built once by the composition root."""

from dataclasses import dataclass

from proctor_app.db.session import Database
from proctor_app.services.accounts import Accounts
from proctor_app.services.audit import Audit
from proctor_app.services.audit_log import AuditLog
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.enrolment import Enrolment
from proctor_app.services.erasure import Erasure
from proctor_app.services.face_live import FaceLive
from proctor_app.services.face_login import FaceLogin
from proctor_app.services.face_tries import FaceTries
from proctor_app.services.logins import Logins
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.own_data import OwnData
from proctor_app.services.password_reset import PasswordChanges
from proctor_app.services.passwords import PasswordPool
from proctor_app.services.people import People
from proctor_app.services.second_factor import SecondFactor
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
    enrolment: Enrolment
    face_tries: FaceTries
    own_data: OwnData
    logins: Logins
    face_login: FaceLogin
    face_live: FaceLive
    second_factor: SecondFactor
    passwords: PasswordChanges
    password_pool: PasswordPool
    people: People
    erasure: Erasure
    audit_log: AuditLog
    monitoring: Monitoring
    sessions: Sessions
    wall: Wall
    broadcast: Broadcast
    tickets: Tickets
