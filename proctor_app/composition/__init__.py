"""The composition root, first half: settings become the services of one process.

A module for each concern; a new service gets a line in its concern's TypedDict and builder, and a
field in ``services.container.Services``. mypy compares the two."""

from collections.abc import Callable

from proctor_app.clock import Clock, system_clock
from proctor_app.composition.desk import build_desk
from proctor_app.composition.exams import build_authoring
from proctor_app.composition.ground import lay_ground, open_records
from proctor_app.composition.partners import build_partners
from proctor_app.composition.people import build_doors, build_owners
from proctor_app.composition.reviews import build_reporting, build_reviewing
from proctor_app.composition.sittings import build_sittings
from proctor_app.services.container import Services
from proctor_app.services.face_login import any_action
from proctor_app.services.mail import Mailer
from proctor_app.settings import Settings
from proctor_app.vision.challenge import Action
from proctor_app.vision.engine import VisionEngine


def build_services(
    settings: Settings,
    engine: VisionEngine | None = None,
    clock: Clock = system_clock,
    mailer: Mailer | None = None,
    choose_action: Callable[[], Action] = any_action,
) -> Services:
    """Wire one process's services together; opens no connection and loads no model."""
    ground = lay_ground(settings, engine, clock)
    records = open_records(ground)
    doors = build_doors(ground, records, mailer, choose_action)
    sittings = build_sittings(ground, records)
    return Services(
        database=ground.database,
        engine=ground.engine,
        audit=ground.audit,
        broadcast=ground.broadcast,
        **doors,
        **build_owners(ground, doors["logins"]),
        **build_authoring(ground, records),
        **sittings,
        **build_desk(ground, records, sittings),
        **build_reviewing(ground, records),
        **build_reporting(ground, records, sittings["health_meter"]),
        **build_partners(ground, records, doors["logins"]),
    )
