"""Who did what, when: an append-only log whose entries are chained by their digests.

An entry is written in the transaction of what it tells of: neither is there without the other. It
names people by their ids alone; what must be forgotten stands elsewhere.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from proctor_app.clock import Clock
from proctor_app.db.session import Database
from proctor_app.db.tables import AuditEntry, AuditHead
from proctor_app.domain.access import Actor

_HEAD = 1
_START = "0" * 64
_BATCH = 1000
Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Verified:
    """entries: how many were checked; problem: the first thing found wrong, empty for none."""

    entries: int
    problem: str = ""


class Audit:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(
        self,
        session: Session,
        actor: Actor | None,
        action: str,
        subject_type: str,
        subject_id: str,
        **detail: Detail,
    ) -> None:
        """Append an entry in the caller's transaction; it is there once that commits.

        actor: None for the installation itself or for somebody who is not logged in. action: dotted
        words such as "user.disabled". detail: ids, words and numbers, never a name or an e-mail.
        """
        head = self._locked_head(session)
        entry = AuditEntry(
            number=head.number + 1,
            at=self._clock(),
            actor_id=actor.user_id if actor else "",
            actor_role=actor.role.value if actor else "",
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            detail=json.dumps(detail, sort_keys=True),
            previous=head.digest,
            digest="",
        )
        entry.digest = digest(entry)
        head.number, head.digest = entry.number, entry.digest
        session.add(entry)
        session.flush()

    def verify(self) -> Verified:
        """Walk the whole log and tell the first entry that was changed, added or taken out."""
        number, last = 0, _START
        for entry in self._entries():
            number += 1
            if entry.number != number:
                return Verified(number - 1, f"entry {number} is missing")
            if entry.previous != last or entry.digest != digest(entry):
                return Verified(number - 1, f"entry {number} was changed")
            last = entry.digest
        with self._database.read() as session:
            head = session.get(AuditHead, _HEAD)
        ends = (head.number, head.digest) if head else (0, _START)
        if ends != (number, last):
            return Verified(number, f"the log ends at entry {number}, not at {ends[0]}")
        return Verified(number)

    def _entries(self) -> Iterator[AuditEntry]:
        after = 0
        while True:
            query = (
                select(AuditEntry)
                .where(col(AuditEntry.number) > after)
                .order_by(col(AuditEntry.number))
                .limit(_BATCH)
            )
            with self._database.read() as session:
                batch = session.exec(query).all()
            if not batch:
                return
            yield from batch
            after = batch[-1].number

    def _locked_head(self, session: Session) -> AuditHead:
        """The end of the log, held until the transaction ends. On SQLite every writer waits."""
        head = session.get(AuditHead, _HEAD, with_for_update=True)
        if head is None:  # the very first entry; two first ones collide, and one of them fails
            head = AuditHead(id=_HEAD, number=0, digest=_START)
            session.add(head)
        return head


def digest(entry: AuditEntry) -> str:
    """SHA-256 over what the entry says and over the digest of the one before, in hexadecimal."""
    said = (
        entry.previous,
        entry.number,
        _exactly(entry.at),
        entry.actor_id,
        entry.actor_role,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.detail,
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _exactly(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
