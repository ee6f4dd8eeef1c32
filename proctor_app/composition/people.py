"""Accounts, and the doors that let their owners in: password, face, second factor, key."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypedDict

from proctor_app.composition.ground import Ground, Records
from proctor_app.services.accounts import Accounts
from proctor_app.services.api_keys import ApiKeys
from proctor_app.services.audit_log import AuditLog
from proctor_app.services.enrolment import Enrolment
from proctor_app.services.erasure import Erasure
from proctor_app.services.face_door import FaceDoor
from proctor_app.services.face_live import FaceLive
from proctor_app.services.face_login import FaceLogin
from proctor_app.services.face_tries import FaceTries
from proctor_app.services.key_door import KeyDoor
from proctor_app.services.logins import Logins, Policy
from proctor_app.services.mail import LogMailer, Mailer, SmtpMailer, SmtpServer
from proctor_app.services.own_data import OwnData
from proctor_app.services.password_reset import PasswordChanges
from proctor_app.services.passwords import PasswordPool
from proctor_app.services.people import People
from proctor_app.services.second_factor import SecondFactor
from proctor_app.services.tokens import Tokens
from proctor_app.settings import Settings
from proctor_app.vision.challenge import Action


class Doors(TypedDict):
    second_factor: SecondFactor
    logins: Logins
    key_door: KeyDoor
    api_keys: ApiKeys
    passwords: PasswordChanges
    face_login: FaceLogin
    face_live: FaceLive
    face_tries: FaceTries


class Owners(TypedDict):
    password_pool: PasswordPool
    accounts: Accounts
    enrolment: Enrolment
    own_data: OwnData
    people: People
    erasure: Erasure
    audit_log: AuditLog


def build_doors(
    ground: Ground, records: Records, mailer: Mailer | None, choose_action: Callable[[], Action]
) -> Doors:
    database, throttle = ground.database, ground.throttle
    audit, clock = ground.audit, ground.clock
    second_factor = SecondFactor(database, ground.vault, throttle, audit, clock)
    tokens = Tokens(ground.secret, clock)
    policy = _policy(ground.settings)
    logins = Logins(database, tokens, throttle, second_factor, audit, clock, policy)
    key_door = KeyDoor(database, logins, throttle, clock)
    mailer = mailer or _mailer(ground.settings)
    face_door = FaceDoor(database, audit, clock, ground.secret)
    face_login = FaceLogin(
        face_door, ground.engine, records.profiles, logins, throttle, clock, choose_action
    )
    return Doors(
        second_factor=second_factor,
        logins=logins,
        key_door=key_door,
        api_keys=ApiKeys(database, key_door, audit, clock),
        passwords=PasswordChanges(database, logins, mailer, throttle, audit, clock, ground.site),
        face_login=face_login,
        face_live=FaceLive(face_login, clock),
        face_tries=FaceTries(ground.engine, throttle, clock),
    )


def build_owners(ground: Ground, logins: Logins) -> Owners:
    database, engine, pictures = ground.database, ground.engine, ground.pictures
    vault, throttle, audit, clock = ground.vault, ground.throttle, ground.audit, ground.clock
    pool = PasswordPool()
    return Owners(
        password_pool=pool,
        accounts=Accounts(
            database,
            engine,
            pictures,
            vault,
            throttle,
            pool,
            audit,
            clock,
            keep_photo=ground.settings.keep_signup_photo,
        ),
        enrolment=Enrolment(database, engine, pictures, vault, throttle, pool, audit, clock),
        own_data=OwnData(database, pictures, vault, throttle, audit, clock),
        people=People(database, logins, pictures, ground.cursors, audit, clock),
        erasure=Erasure(database, logins, pictures, audit, clock),
        audit_log=AuditLog(database),
    )


def _policy(settings: Settings) -> Policy:
    return Policy(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        second_factor_for_staff=settings.second_factor == "staff",
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
