"""The pictures of an incident: before it began, at its opening, and after.

A picture is durable before the row that names it; a failed row takes it away again.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import allow_on
from proctor_app.services.audit import Audit
from proctor_app.services.people import erasure_begun
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.results import ResultsOf
from proctor_app.vision.frame import EncodedFrame, decode, encode_jpeg

_ONE_LOOK = timedelta(minutes=10)
"""A page that shows a picture again within this time is the same look at it."""


class Moment(StrEnum):
    """When a picture was taken, seen from the incident's opening."""

    AT = "at"
    BEFORE = "before"
    AFTER = "after"


_ORDINAL = {Moment.AT: 0, Moment.BEFORE: 1, Moment.AFTER: 2}
"""The opening's picture is number 0 for every client; the others came later to the contract."""


class NotKept(AlreadyThere):
    """The attempt is gone, or its candidate's erasure was begun: refused for good."""


@dataclass(frozen=True, slots=True)
class Picture:
    """An encoded picture as it came from the candidate, already checked to be one."""

    data: bytes
    taken_at: datetime
    media_type: str


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A picture that is still kept; its bytes are at /incidents/{id}/evidence/{ordinal}."""

    ordinal: int
    moment: Moment
    taken_at: datetime


class Evidence:
    def __init__(
        self, database: Database, pictures: PictureStore, results: ResultsOf, audit: Audit
    ) -> None:
        self._database = database
        self._pictures = pictures
        self._results = results
        self._audit = audit

    def read(self, actor: Actor, incident_id: int, ordinal: int) -> bytes:
        """The picture's bytes. That staff looked is in the audit log before they see anything; a
        candidate sees those of their own attempt once its results are released.

        Raises NotAllowed or NotFound.
        """
        with self._database.read() as session:
            rows = IncidentRows(session)
            incident, found = rows.by_id(incident_id), rows.evidence(incident_id, ordinal)
            if incident is None:
                allow(actor, Action.READ_EVIDENCE)
                raise _no_evidence()
            is_own = self._allow(session, actor, incident.attempt_id)
        if incident.hidden_at is not None or found is None or not found.key:
            raise _no_evidence()
        picture = self._pictures.get(found.key)
        if not is_own:
            self._audit.note_once(actor, "evidence.read", "incident", str(incident_id), _ONE_LOOK)
        return picture

    def keep(self, attempt_id: str, incident_id: int, moment: Moment, picture: Picture) -> None:
        """Keep one more picture of an incident that is committed already.

        Raises AlreadyThere (there is one of this moment), NotKept, DatabaseUnavailable, OSError (no
        room for it).
        """
        picture = as_jpeg(picture)
        key = self._pictures.put(attempt_id, picture.data)
        try:
            with self._database.write() as session:
                hold_owner(session, attempt_id)
                IncidentRows(session).add_evidence(row_of(incident_id, moment, picture, key))
        except BaseException:
            self._pictures.delete(key)
            raise

    def _allow(self, session: Transaction, actor: Actor, attempt_id: str) -> bool:
        """Whether it is the actor's own, if they may see it at all. Raises NotAllowed."""
        attempt = AttemptRows(session).by_id(attempt_id)
        if attempt is None:
            raise _no_evidence()
        is_own = actor.user_id == attempt.user_id
        allow_on(session, actor, Action.READ_ATTEMPT if is_own else Action.READ_EVIDENCE, attempt)
        if is_own and not self._results.sees(session, actor, attempt):
            raise NotAllowed("not_released", "The review of this attempt is not released yet.")
        return is_own


def evidence_list(
    session: Transaction, incident_ids: Iterable[int]
) -> dict[int, tuple[EvidenceView, ...]]:
    """The pictures of these incidents that are still kept, in the order they were taken; the caller
    has made sure that they may be shown. Incidents without a picture are left out."""
    found: dict[int, tuple[EvidenceView, ...]] = {}
    for row in IncidentRows(session).evidence_of(incident_ids):
        view = EvidenceView(row.ordinal, Moment(row.moment), row.taken_at)
        found[row.incident_id] = (*found.get(row.incident_id, ()), view)
    return found


def row_of(incident_id: int, moment: Moment, picture: Picture, key: str) -> tables.Evidence:
    """The row that names a picture that lies in the store."""
    return tables.Evidence(
        incident_id=incident_id,
        ordinal=_ORDINAL[moment],
        moment=moment.value,
        taken_at=picture.taken_at,
        sha256=hashlib.sha256(picture.data).hexdigest(),
        size_bytes=len(picture.data),
        key=key,
    )


def as_jpeg(picture: Picture) -> Picture:
    """The same picture as a JPEG."""
    if picture.media_type == "image/jpeg":
        return picture
    frame = decode(EncodedFrame(picture.data, picture.taken_at.timestamp()))
    return Picture(encode_jpeg(frame), picture.taken_at, "image/jpeg")


def hold_owner(session: Transaction, attempt_id: str) -> None:
    """Lock the candidate's row: an erasure comes wholly before what is written now, or after."""
    found = owner(session, attempt_id)
    if found is None or erasure_begun(found):
        raise NotKept(attempt_id)


def owner(session: Transaction, attempt_id: str) -> tables.User | None:
    """The attempt's candidate, their row locked."""
    attempt = AttemptRows(session).by_id(attempt_id)
    return Users(session).locked(attempt.user_id) if attempt else None


def _no_evidence() -> NotFound:
    return NotFound("no_evidence", "There is no such picture.")
