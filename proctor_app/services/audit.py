"""Who did what, when: an append-only log whose entries are chained by their digests.

An entry is written in the transaction of what it tells of: neither is there without the other. It
names people by their ids alone; what must be forgotten stands elsewhere. Nothing in this program
changes or removes an entry; whoever does so in the database is found by ``verify``.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db.repositories.audit import AuditRows
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import AuditEntry
from proctor_app.domain.access import Actor

START = "0" * 64
"""The digest that a log without entries ends with."""
_BATCH = 1000
Detail = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Verified:
    """entries: how many were found right; problem: the first thing found wrong, empty for none;
    digest: of the last entry found right. Kept elsewhere, number and digest show later whether the
    whole log was replaced by another."""

    entries: int
    problem: str = ""
    digest: str = START


class Audit:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(
        self,
        session: Transaction,
        actor: Actor | None,
        action: str,
        subject_type: str,
        subject_id: str,
        **detail: Detail,
    ) -> None:
        """Append an entry in the caller's transaction; it is there once that commits.

        Note last, after the rows are changed: the end of the log stays locked until the commit, and
        a row that is locked after it can make two writers wait for each other.

        actor: None for the installation itself or for somebody who is not logged in. action: dotted
        words such as "user.disabled". detail: ids, words and numbers, never a name or an e-mail;
        the id of the API key that was used is added as ``key``.
        """
        if actor is not None and actor.key_id:
            detail["key"] = actor.key_id
        rows = AuditRows(session)
        head = rows.locked_head(START)
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
        rows.append(entry)

    def note_once(
        self, actor: Actor, action: str, subject_type: str, subject_id: str, within: timedelta
    ) -> None:
        """Note what is done again and again, such as looking, once in this span of time."""
        with self._database.read() as session:
            if self.is_recent(session, actor, action, subject_id, within):
                return
        with self._database.write() as session:
            self.note(session, actor, action, subject_type, subject_id)

    def is_recent(
        self, session: Transaction, actor: Actor, action: str, subject_id: str, within: timedelta
    ) -> bool:
        """Whether an entry tells already that they did this in this span of time."""
        since = self._clock() - within
        return AuditRows(session).was_noted(actor.user_id, action, subject_id, since)

    def verify(self) -> Verified:
        """Walk the whole log and tell the first entry that was changed, added or taken out.

        The log may grow meanwhile. Raises DatabaseUnavailable.
        """
        checked = self._follow(Verified(0))
        while not checked.problem:
            with self._database.read() as session:
                head = AuditRows(session).head()
            ends = (head.number, head.digest) if head else (0, START)
            if ends == (checked.entries, checked.digest):
                break
            before, checked = checked, self._follow(checked)  # what was added since
            if checked == before:
                return Verified(checked.entries, _wrong_end(checked.entries, ends[0]))
        return checked

    def _follow(self, checked: Verified) -> Verified:
        number, last = checked.entries, checked.digest
        for entry in self._entries(number):
            if entry is None:
                return Verified(number, f"entry {number + 1} can't be read", last)
            if entry.number != number + 1:
                return Verified(number, f"entry {number + 1} is missing", last)
            if entry.previous != last or entry.digest != digest(entry):
                return Verified(number, f"entry {number + 1} was changed", last)
            number, last = entry.number, entry.digest
        return Verified(number, digest=last)

    def _entries(self, after: int) -> Iterator[AuditEntry | None]:
        """The entries that follow, oldest first; None where one holds no values of its types."""
        limit = _BATCH
        while True:
            try:
                with self._database.read() as session:
                    batch = AuditRows(session).after(after, limit)
            except (ValueError, TypeError):  # from here on one at a time, to find which
                if limit == 1:
                    yield None
                    return
                limit = 1
                continue
            if not batch:
                return
            yield from batch
            after = batch[-1].number


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


def _wrong_end(found: int, said: int) -> str:
    if found == said:
        return f"the log ends at entry {found}, but not with this one"
    return f"the log ends at entry {found}, not at {said}"
