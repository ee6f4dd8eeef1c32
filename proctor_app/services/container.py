"""All services of one process, built once by the composition root."""

from dataclasses import dataclass

from proctor_app.db.session import Database
from proctor_app.services.accounts import Accounts
from proctor_app.services.acknowledging import Acknowledging
from proctor_app.services.analytics import Analytics
from proctor_app.services.api_keys import ApiKeys
from proctor_app.services.appeals import Appeals
from proctor_app.services.attempt_list import AttemptList
from proctor_app.services.attention import Attention
from proctor_app.services.audit import Audit
from proctor_app.services.audit_log import AuditLog
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.browser_signals import BrowserSignals
from proctor_app.services.bulk_reviews import BulkReviews
from proctor_app.services.catalogue import Catalogue
from proctor_app.services.check_in import CheckIn
from proctor_app.services.clearing import Clearing
from proctor_app.services.desk import Desk
from proctor_app.services.desk_actions import DeskActions
from proctor_app.services.enrolment import Enrolment
from proctor_app.services.erasure import Erasure
from proctor_app.services.exam_files import ExamFiles
from proctor_app.services.exam_pictures import ExamPictures
from proctor_app.services.exams import Exams
from proctor_app.services.exports import Exports
from proctor_app.services.face_live import FaceLive
from proctor_app.services.face_login import FaceLogin
from proctor_app.services.face_tries import FaceTries
from proctor_app.services.health_meter import HealthMeter
from proctor_app.services.incident_list import IncidentList
from proctor_app.services.key_door import KeyDoor
from proctor_app.services.logins import Logins
from proctor_app.services.lti import Lti
from proctor_app.services.marking import Marking
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.outcomes import Outcomes
from proctor_app.services.overview import Overview
from proctor_app.services.own_data import OwnData
from proctor_app.services.password_reset import PasswordChanges
from proctor_app.services.passwords import PasswordPool
from proctor_app.services.people import People
from proctor_app.services.practice import Practice
from proctor_app.services.report_queue import ReportQueue
from proctor_app.services.reports import Reports
from proctor_app.services.reviews import Reviews
from proctor_app.services.rosters import Rosters
from proctor_app.services.seb import Seb
from proctor_app.services.second_factor import SecondFactor
from proctor_app.services.sessions import Sessions
from proctor_app.services.sitting import Sitting
from proctor_app.services.tickets import Tickets
from proctor_app.services.traces import Traces
from proctor_app.services.wall import Wall
from proctor_app.services.wall_pictures import WallPictures
from proctor_app.services.webhook_sender import WebhookSender
from proctor_app.services.webhooks import Webhooks
from proctor_app.services.workers import Workers
from proctor_app.vision.engine import VisionEngine


@dataclass(frozen=True, slots=True)
class Services:
    """aside: threads for what takes a while and can wait, such as drawing."""

    database: Database
    aside: Workers
    engine: VisionEngine
    audit: Audit
    accounts: Accounts
    enrolment: Enrolment
    face_tries: FaceTries
    own_data: OwnData
    logins: Logins
    key_door: KeyDoor
    api_keys: ApiKeys
    face_login: FaceLogin
    face_live: FaceLive
    second_factor: SecondFactor
    passwords: PasswordChanges
    password_pool: PasswordPool
    people: People
    erasure: Erasure
    audit_log: AuditLog
    exams: Exams
    exam_pictures: ExamPictures
    exam_files: ExamFiles
    catalogue: Catalogue
    rosters: Rosters
    seb: Seb
    practice: Practice
    overview: Overview
    monitoring: Monitoring
    traces: Traces
    health_meter: HealthMeter
    analytics: Analytics
    browser_signals: BrowserSignals
    check_in: CheckIn
    sessions: Sessions
    sitting: Sitting
    attempt_list: AttemptList
    clearing: Clearing
    marking: Marking
    reports: Reports
    report_queue: ReportQueue
    exports: Exports
    reviews: Reviews
    appeals: Appeals
    outcomes: Outcomes
    bulk_reviews: BulkReviews
    incident_list: IncidentList
    wall: Wall
    wall_pictures: WallPictures
    webhooks: Webhooks
    webhook_sender: WebhookSender
    lti: Lti
    acknowledging: Acknowledging
    attention: Attention
    desk: Desk
    desk_actions: DeskActions
    broadcast: Broadcast
    tickets: Tickets
