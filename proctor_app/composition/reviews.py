"""After the sitting: marks, verdicts, appeals, reports and figures."""

from typing import TypedDict

from proctor_app.composition.ground import Ground, Records
from proctor_app.services.analytics import Analytics
from proctor_app.services.appeals import Appeals
from proctor_app.services.bulk_reviews import BulkReviews
from proctor_app.services.clearing import Clearing
from proctor_app.services.exports import Exports
from proctor_app.services.health_meter import HealthMeter
from proctor_app.services.incident_list import IncidentList
from proctor_app.services.marking import Marking
from proctor_app.services.outcomes import Outcomes
from proctor_app.services.report_queue import ReportQueue
from proctor_app.services.reports import Reports
from proctor_app.services.review_reading import ReviewReading
from proctor_app.services.reviews import Reviews
from proctor_app.services.verdicts import Verdicts
from proctor_app.services.workers import Workers

_ASIDE_AT_ONCE, _ASIDE_WAITING = 2, 200


class Reviewing(TypedDict):
    clearing: Clearing
    marking: Marking
    reviews: Reviews
    bulk_reviews: BulkReviews
    incident_list: IncidentList
    appeals: Appeals
    outcomes: Outcomes


class Reporting(TypedDict):
    aside: Workers
    reports: Reports
    report_queue: ReportQueue
    exports: Exports
    analytics: Analytics


def build_reviewing(ground: Ground, records: Records) -> Reviewing:
    database, broadcast, throttle = ground.database, ground.broadcast, ground.throttle
    audit, clock, cursors = ground.audit, ground.clock, ground.cursors
    rules, results = records.rules, records.results
    verdicts = Verdicts(database, records.moves, rules, audit, clock)
    appeals = Appeals(database, verdicts, audit, broadcast, throttle, clock)
    return Reviewing(
        clearing=Clearing(database, rules, audit, clock),
        marking=Marking(database, records.versions, cursors, audit, clock),
        reviews=Reviews(ReviewReading(database, rules, cursors), verdicts, broadcast),
        bulk_reviews=BulkReviews(database, rules, verdicts, audit, broadcast, throttle, clock),
        incident_list=IncidentList(database, results, rules, cursors),
        appeals=appeals,
        outcomes=Outcomes(database, appeals, results, rules),
    )


def build_reporting(ground: Ground, records: Records, meter: HealthMeter) -> Reporting:
    database, versions, pictures = ground.database, records.versions, ground.pictures
    throttle, audit, clock = ground.throttle, ground.audit, ground.clock
    folder = ground.settings.data_dir / "exports"
    reports = Reports(database, versions, records.rules, pictures, throttle, audit, clock)
    aside = Workers("aside", _ASIDE_AT_ONCE, _ASIDE_WAITING)
    return Reporting(
        aside=aside,
        reports=reports,
        report_queue=ReportQueue(reports),
        exports=Exports(database, reports, folder, throttle, audit, clock),
        analytics=Analytics(database, versions, meter, aside, clock),
    )
