"""The candidate's hour: checking in, watched, answering, with what the browser reports."""

import os
from dataclasses import dataclass
from typing import TypedDict

from proctor_app.composition.ground import Ground, Records
from proctor_app.services.answers import Answers
from proctor_app.services.attempt_list import AttemptList
from proctor_app.services.attempts import Attempts
from proctor_app.services.browser_signals import BrowserSignals
from proctor_app.services.check_in import CheckIn
from proctor_app.services.evidence import Evidence
from proctor_app.services.health_meter import HealthMeter
from proctor_app.services.incidents import Incidents
from proctor_app.services.messages import Messages
from proctor_app.services.monitoring import Monitoring
from proctor_app.services.question_times import QuestionTimes
from proctor_app.services.recovery import Recovery
from proctor_app.services.sessions import Sessions
from proctor_app.services.settlement import Settlement
from proctor_app.services.sitting import Sitting
from proctor_app.services.tickets import Tickets
from proctor_app.services.trace_writing import TraceWriter
from proctor_app.services.traces import Traces
from proctor_app.services.watching import Watching


class Sittings(TypedDict):
    health_meter: HealthMeter
    tickets: Tickets
    monitoring: Monitoring
    check_in: CheckIn
    sessions: Sessions
    browser_signals: BrowserSignals
    sitting: Sitting
    traces: Traces
    attempt_list: AttemptList


@dataclass(frozen=True, slots=True)
class _Writing:
    """What turns an attempt's signals into rows and pictures."""

    attempts: Attempts
    incidents: Incidents
    evidence: Evidence
    settlement: Settlement


def build_sittings(ground: Ground, records: Records) -> Sittings:
    database, throttle, clock = ground.database, ground.throttle, ground.clock
    writing, tickets = _writing(ground, records), Tickets(clock)
    meter = HealthMeter(ground.settings.threads or os.cpu_count() or 1)
    monitoring = _monitoring(ground, records, writing, meter)
    sessions = _sessions(ground, records, writing, monitoring, tickets)
    signals = _browser_signals(ground, records, writing, monitoring, sessions)
    rules, profiles = records.rules, records.profiles
    return Sittings(
        health_meter=meter,
        tickets=tickets,
        monitoring=monitoring,
        check_in=CheckIn(database, ground.engine, rules, profiles, monitoring, throttle, clock),
        sessions=sessions,
        browser_signals=signals,
        sitting=_sitting(ground, records, writing, monitoring, signals),
        traces=Traces(database, monitoring, clock),
        attempt_list=AttemptList(database, ground.cursors, clock),
    )


def _writing(ground: Ground, records: Records) -> _Writing:
    database, settings = ground.database, ground.settings
    incidents = Incidents(database, ground.pictures, records.rules)
    evidence = Evidence(database, ground.pictures, records.results, ground.audit)
    return _Writing(
        Attempts(
            database, records.moves, ground.audit, ground.clock, settings.free_session_minutes
        ),
        incidents,
        evidence,
        Settlement(ground.engine, incidents, evidence, ground.broadcast),
    )


def _monitoring(
    ground: Ground, records: Records, writing: _Writing, meter: HealthMeter
) -> Monitoring:
    return Monitoring(
        ground.engine,
        writing.attempts,
        Recovery(ground.database, records.moves, records.rules),
        writing.settlement,
        Watching(ground.database, records.rules, records.profiles),
        TraceWriter(ground.database),
        ground.broadcast,
        ground.throttle,
        meter,
        ground.clock,
    )


def _sessions(
    ground: Ground, records: Records, writing: _Writing, monitoring: Monitoring, tickets: Tickets
) -> Sessions:
    return Sessions(
        writing.attempts,
        records.joining,
        records.versions,
        writing.incidents,
        writing.evidence,
        monitoring,
        ground.broadcast,
        tickets,
        ground.throttle,
        ground.clock,
    )


def _browser_signals(
    ground: Ground, records: Records, writing: _Writing, monitoring: Monitoring, sessions: Sessions
) -> BrowserSignals:
    return BrowserSignals(
        ground.database,
        writing.attempts,
        writing.incidents,
        records.rules,
        QuestionTimes(records.versions),
        monitoring,
        sessions,
        writing.settlement,
        ground.broadcast,
        ground.throttle,
        ground.clock,
    )


def _sitting(
    ground: Ground,
    records: Records,
    writing: _Writing,
    monitoring: Monitoring,
    signals: BrowserSignals,
) -> Sitting:
    return Sitting(
        ground.database,
        records.versions,
        writing.attempts,
        records.joining,
        Answers(ground.database, records.versions, records.moves, ground.clock),
        records.results,
        Messages(ground.database, ground.audit, ground.clock),
        monitoring,
        signals,
        ground.broadcast,
        ground.throttle,
        ground.clock,
    )
