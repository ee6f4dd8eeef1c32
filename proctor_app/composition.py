"""The composition root, first half: settings become the services of one process."""

import os
from collections.abc import Callable
from datetime import timedelta

from proctor_app import settings as configuration
from proctor_app.clock import Clock, system_clock
from proctor_app.db.session import Database
from proctor_app.services import lti
from proctor_app.services.accounts import Accounts
from proctor_app.services.acknowledging import Acknowledging
from proctor_app.services.analytics import Analytics
from proctor_app.services.answers import Answers
from proctor_app.services.api_keys import ApiKeys
from proctor_app.services.appeals import Appeals
from proctor_app.services.attempt_list import AttemptList
from proctor_app.services.attempts import Attempts
from proctor_app.services.attention import Attention
from proctor_app.services.audit import Audit
from proctor_app.services.audit_log import AuditLog
from proctor_app.services.broadcast import Broadcast
from proctor_app.services.browser_signals import BrowserSignals
from proctor_app.services.bulk_reviews import BulkReviews
from proctor_app.services.catalogue import Catalogue
from proctor_app.services.check_in import CheckIn
from proctor_app.services.clearing import Clearing
from proctor_app.services.container import Services
from proctor_app.services.cursors import Cursors
from proctor_app.services.desk import Desk
from proctor_app.services.desk_actions import DeskActions
from proctor_app.services.enrolment import Enrolment
from proctor_app.services.erasure import Erasure
from proctor_app.services.evidence import Evidence
from proctor_app.services.exam_files import ExamFiles
from proctor_app.services.exam_pictures import ExamPictures
from proctor_app.services.exam_rules import ExamRules
from proctor_app.services.exams import Exams
from proctor_app.services.exports import Exports
from proctor_app.services.face_door import FaceDoor
from proctor_app.services.face_live import FaceLive
from proctor_app.services.face_login import FaceLogin, any_action
from proctor_app.services.face_tries import FaceTries
from proctor_app.services.health_meter import HealthMeter
from proctor_app.services.incident_list import IncidentList
from proctor_app.services.incidents import Incidents
from proctor_app.services.joining import Joining
from proctor_app.services.key_door import KeyDoor
from proctor_app.services.logins import Logins, Policy
from proctor_app.services.mail import LogMailer, Mailer, SmtpMailer, SmtpServer
from proctor_app.services.marking import Marking
from proctor_app.services.messages import Messages
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.moves import Moves
from proctor_app.services.outcomes import Outcomes
from proctor_app.services.outgoing import Outgoing
from proctor_app.services.overview import Overview
from proctor_app.services.own_data import OwnData
from proctor_app.services.password_reset import PasswordChanges, Site
from proctor_app.services.passwords import PasswordPool
from proctor_app.services.people import People
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.practice import Practice
from proctor_app.services.profiles import Profiles
from proctor_app.services.question_times import QuestionTimes
from proctor_app.services.receipts import key_of
from proctor_app.services.recovery import Recovery
from proctor_app.services.report_queue import ReportQueue
from proctor_app.services.reports import Reports
from proctor_app.services.results import ResultsOf
from proctor_app.services.review_reading import ReviewReading
from proctor_app.services.reviews import Reviews
from proctor_app.services.rosters import Rosters
from proctor_app.services.seb import Seb
from proctor_app.services.second_factor import SecondFactor
from proctor_app.services.sessions import Sessions
from proctor_app.services.settlement import Settlement
from proctor_app.services.sitting import Sitting
from proctor_app.services.throttle import Throttle
from proctor_app.services.tickets import Tickets
from proctor_app.services.tokens import Tokens
from proctor_app.services.trace_writing import TraceWriter
from proctor_app.services.traces import Traces
from proctor_app.services.vault import Vault
from proctor_app.services.verdicts import Verdicts
from proctor_app.services.versions import Versions
from proctor_app.services.wall import Wall
from proctor_app.services.wall_pictures import WallPictures
from proctor_app.services.wall_snapshot import WallReader
from proctor_app.services.watching import Watching
from proctor_app.services.webhook_sender import WebhookSender
from proctor_app.services.webhooks import Webhooks
from proctor_app.services.workers import Workers
from proctor_app.settings import Settings
from proctor_app.vision.challenge import Action
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.in_process import InProcessEngine

_ASIDE_AT_ONCE, _ASIDE_WAITING = 2, 200


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
    key_door = KeyDoor(database, logins, throttle, clock)
    site = Site(settings.public_url, settings.allowed_origins)
    passwords = PasswordChanges(
        database, logins, mailer or _mailer(settings), throttle, audit, clock, site
    )
    versions = Versions(database)
    receipt_key = key_of(configuration.resolve_secret(settings))
    moves = Moves(versions, clock, receipt_key)
    attempts = Attempts(database, moves, audit, clock, settings.free_session_minutes)
    joining = Joining(database, versions, moves, audit, clock)
    messages = Messages(database, audit, clock)
    rules = ExamRules(database, versions)
    results = ResultsOf(database, versions, clock, receipt_key)
    incidents = Incidents(database, pictures, rules)
    evidence = Evidence(database, pictures, results, audit)
    profiles = Profiles(database, vault)
    settlement = Settlement(vision, incidents, evidence, broadcast)
    watching = Watching(database, rules, profiles)
    meter = HealthMeter(settings.threads or os.cpu_count() or 1)
    monitoring = Monitoring(
        vision,
        attempts,
        Recovery(database, moves, rules),
        settlement,
        watching,
        TraceWriter(database),
        broadcast,
        throttle,
        meter,
        clock,
    )
    check_in = CheckIn(database, vision, rules, profiles, monitoring, throttle, clock)
    sessions = Sessions(
        attempts,
        joining,
        versions,
        incidents,
        evidence,
        monitoring,
        broadcast,
        tickets,
        throttle,
        clock,
    )
    browser_signals = BrowserSignals(
        database,
        attempts,
        incidents,
        rules,
        QuestionTimes(versions),
        monitoring,
        sessions,
        settlement,
        broadcast,
        throttle,
        clock,
    )
    sitting = Sitting(
        database,
        versions,
        attempts,
        joining,
        Answers(database, versions, moves, clock),
        results,
        messages,
        monitoring,
        browser_signals,
        broadcast,
        throttle,
        clock,
    )
    attention = Attention(database, broadcast, clock)
    reader = WallReader(database, rules, clock)
    wall = Wall(database, reader, monitoring, attention, broadcast, clock)
    verdicts = Verdicts(database, moves, rules, audit, clock)
    exams = Exams(database, pictures, Cursors(vault), audit, clock)
    exam_pictures = ExamPictures(database, versions, pictures, audit, clock)
    face_door = FaceDoor(database, audit, clock, configuration.resolve_secret(settings))
    face_login = FaceLogin(face_door, vision, profiles, logins, throttle, clock, choose_action)
    reports = Reports(database, versions, rules, pictures, throttle, audit, clock)
    appeals = Appeals(database, verdicts, audit, broadcast, throttle, clock)
    webhook_sender = WebhookSender(
        database, Outgoing(settings.outgoing_allowed), vault, audit, clock
    )
    aside = Workers("aside", _ASIDE_AT_ONCE, _ASIDE_WAITING)
    return Services(
        database=database,
        aside=aside,
        engine=vision,
        audit=audit,
        accounts=accounts,
        enrolment=Enrolment(
            database, vision, pictures, vault, throttle, password_pool, audit, clock
        ),
        face_tries=FaceTries(vision, throttle, clock),
        own_data=OwnData(database, pictures, vault, throttle, audit, clock),
        logins=logins,
        key_door=key_door,
        api_keys=ApiKeys(database, key_door, audit, clock),
        face_login=face_login,
        face_live=FaceLive(face_login, clock),
        second_factor=second_factor,
        passwords=passwords,
        password_pool=password_pool,
        people=People(database, logins, pictures, Cursors(vault), audit, clock),
        erasure=Erasure(database, logins, pictures, audit, clock),
        audit_log=AuditLog(database),
        exams=exams,
        exam_pictures=exam_pictures,
        exam_files=ExamFiles(exams, exam_pictures),
        catalogue=Catalogue(database, versions, Cursors(vault)),
        rosters=Rosters(database, audit, clock),
        seb=Seb(
            database,
            audit,
            throttle,
            clock,
            settings.public_url,
            configuration.resolve_secret(settings),
        ),
        practice=Practice(database, audit, clock),
        overview=Overview(database),
        monitoring=monitoring,
        traces=Traces(database, monitoring, clock),
        health_meter=meter,
        analytics=Analytics(database, versions, meter, aside, clock),
        browser_signals=browser_signals,
        check_in=check_in,
        sessions=sessions,
        sitting=sitting,
        attempt_list=AttemptList(database, Cursors(vault), clock),
        clearing=Clearing(database, rules, audit, clock),
        marking=Marking(database, versions, Cursors(vault), audit, clock),
        reviews=Reviews(ReviewReading(database, rules, Cursors(vault)), verdicts, broadcast),
        appeals=appeals,
        outcomes=Outcomes(database, appeals, results, rules),
        bulk_reviews=BulkReviews(database, rules, verdicts, audit, broadcast, throttle, clock),
        incident_list=IncidentList(database, results, rules, Cursors(vault)),
        reports=reports,
        report_queue=ReportQueue(reports),
        exports=Exports(database, reports, settings.data_dir / "exports", throttle, audit, clock),
        wall=wall,
        wall_pictures=WallPictures(database, monitoring, clock),
        webhooks=Webhooks(database, webhook_sender, vault, Cursors(vault), throttle, audit, clock),
        webhook_sender=webhook_sender,
        lti=lti.build(
            database,
            versions,
            joining,
            logins,
            vault,
            throttle,
            audit,
            clock,
            site,
            Outgoing(settings.outgoing_allowed),
        ),
        acknowledging=Acknowledging(database, broadcast, audit, clock),
        attention=attention,
        desk=Desk(database, rules, versions, monitoring, clock),
        desk_actions=DeskActions(database, sessions, sitting),
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
