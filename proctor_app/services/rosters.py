"""Rosters: who may sit an exam, and their accommodations; by hand or from a CSV file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.db.tables import RosterEntry
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.incident import EventType
from proctor_app.errors import Conflict, NotFound
from proctor_app.services import roster_files
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.audit import Audit
from proctor_app.services.exam_access import changeable, readable
from proctor_app.services.exam_times import catch_up, set_times
from proctor_app.services.exam_views import FileInvalid, Problem, RosterView
from proctor_app.services.roster_files import MAX_ENTRIES, RosterFile, RosterRow

Mode = Literal["add", "replace"]


@dataclass(frozen=True, slots=True)
class Imported:
    """How many entries came, were changed, and went."""

    added: int
    changed: int
    removed: int


class Rosters:
    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    def entries(self, actor: Actor, exam_id: str) -> tuple[RosterView, ...]:
        """By e-mail; for staff. Raises NotAllowed, NotFound."""
        with self._database.read() as session:
            readable(session, actor, exam_id)
            return _views(session, exam_id, Roster(session).of(exam_id))

    def export_csv(self, actor: Actor, exam_id: str) -> bytes:
        """The roster as ``import_csv`` takes it. Raises NotAllowed, NotFound."""
        return roster_files.write_csv(self.entries(actor, exam_id))

    def add(self, actor: Actor, exam_id: str, row: RosterRow) -> RosterView:
        """Raises NotAllowed, NotFound, Invalid, Conflict (roster_email_taken, roster_full)."""
        allow(actor, Action.ADMINISTER)
        added = self._add(actor, exam_id, roster_files.checked(row))
        catch_up(self._database, exam_id)
        return added

    def change(
        self,
        actor: Actor,
        exam_id: str,
        entry_id: int,
        *,
        extra_minutes: int | None = None,
        may_pause: bool | None = None,
        detectors_off: Sequence[EventType] | None = None,
        preset: str | None = None,
    ) -> RosterView:
        """Change an accommodation; None leaves it. Other extra time holds at once for an attempt
        that is going on. Raises NotAllowed, NotFound, Invalid."""
        allow(actor, Action.ADMINISTER)

        def changed(row: RosterRow) -> RosterRow:
            if extra_minutes is not None:
                row = replace(row, extra_minutes=extra_minutes)
            if may_pause is not None:
                row = replace(row, may_pause=may_pause)
            if detectors_off is not None:
                row = replace(row, detectors_off=tuple(detectors_off))
            return row if preset is None else replace(row, preset=preset)

        found = self._change(actor, exam_id, entry_id, changed)
        catch_up(self._database, exam_id)
        return found

    @again
    def remove(self, actor: Actor, exam_id: str, entry_id: int) -> None:
        """Raises NotAllowed, NotFound, Conflict (attempt_open: they are sitting the exam)."""
        allow(actor, Action.ADMINISTER)
        with self._database.write() as session:
            changeable(session, actor, exam_id)
            rows = Roster(session)
            entry = _there(rows.by_id(exam_id, entry_id))
            if entry.user_id in rows.sitting(exam_id):
                raise Conflict("attempt_open", "This candidate is sitting the exam now.")
            rows.remove(entry)
            self._audit.note(session, actor, "roster.removed", "exam", exam_id, entry=entry_id)

    def import_csv(self, actor: Actor, exam_id: str, data: bytes, mode: Mode = "add") -> Imported:
        """Take over a whole file or nothing of it. add: entries that are not in the file stay, and
        of those that are, what it has no column for. replace: the roster becomes the file.

        Raises NotAllowed, NotFound, TooLarge, FileInvalid with the rows that are wrong.
        """
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            readable(session, actor, exam_id)
        done = self._import(actor, exam_id, roster_files.read_csv(data), mode)
        catch_up(self._database, exam_id)
        return done

    @contextmanager
    def _changing(self, actor: Actor, exam_id: str) -> Iterator[Transaction]:
        """A transaction with the exam locked, whose changes hold for unfinished attempts too."""
        with self._database.write() as session:
            # Before the exam is locked: attempts come first everywhere.
            unfinished = ExamRows(session).unfinished_attempts(exam_id)
            exam = changeable(session, actor, exam_id)
            yield session
            set_times(session, exam, unfinished)

    @again
    def _add(self, actor: Actor, exam_id: str, row: RosterRow) -> RosterView:
        try:
            with self._changing(actor, exam_id) as session:
                _leave_room(len(Roster(session).of(exam_id)) + 1)
                (entry,) = self._insert(session, exam_id, [row])
                self._audit.note(session, actor, "roster.added", "exam", exam_id, entry=entry.id)
                return _views(session, exam_id, [entry])[0]
        except AlreadyThere as error:
            raise _taken() from error

    @again
    def _change(
        self,
        actor: Actor,
        exam_id: str,
        entry_id: int,
        changed: Callable[[RosterRow], RosterRow],
    ) -> RosterView:
        with self._changing(actor, exam_id) as session:
            entry = _there(Roster(session).by_id(exam_id, entry_id))
            row = roster_files.checked(changed(roster_files.row_of(entry)))
            roster_files.write_row(entry, row)
            self._note_change(session, actor, exam_id, entry)
            return _views(session, exam_id, [entry])[0]

    @again
    def _import(self, actor: Actor, exam_id: str, file: RosterFile, mode: Mode) -> Imported:
        try:
            with self._changing(actor, exam_id) as session:
                done = self._merge(session, exam_id, file, mode)
                self._audit.note(
                    session,
                    actor,
                    "roster.imported",
                    "exam",
                    exam_id,
                    mode=mode,
                    added=done.added,
                    changed=done.changed,
                    removed=done.removed,
                )
                return done
        except AlreadyThere as error:
            raise _taken() from error

    def _merge(self, session: Transaction, exam_id: str, file: RosterFile, mode: Mode) -> Imported:
        rows = Roster(session)
        there = {entry.email: entry for entry in rows.of(exam_id)}
        named = {row.email for row in file.rows}
        gone = [entry for email, entry in there.items() if email not in named]
        gone = gone if mode == "replace" else []
        _refuse_to_remove(gone, rows.sitting(exam_id))
        fresh = [row for row in file.rows if row.email not in there]
        _leave_room(len(there) - len(gone) + len(fresh))
        changed = 0
        for row in file.rows:
            if (entry := there.get(row.email)) is None:
                continue
            before = roster_files.row_of(entry)
            after = row if mode == "replace" else file.over(row, before)
            changed += after != before
            roster_files.write_row(entry, after)
        for entry in gone:
            rows.remove(entry)
        rows.flush()
        self._insert(session, exam_id, fresh)
        return Imported(len(fresh), changed, len(gone))

    def _insert(
        self, session: Transaction, exam_id: str, found: Sequence[RosterRow]
    ) -> list[RosterEntry]:
        rows, now = Roster(session), self._clock()
        accounts = rows.accounts(row.email for row in found)
        entries = []
        for row in found:
            user = accounts.get(row.email)
            entry = RosterEntry(
                exam_id=exam_id, user_id=user.id if user else None, email=row.email, added_at=now
            )
            roster_files.write_row(entry, row)
            entries.append(entry)
        rows.add(entries)
        return entries

    def _note_change(
        self, session: Transaction, actor: Actor, exam_id: str, entry: RosterEntry
    ) -> None:
        self._audit.note(
            session,
            actor,
            "roster.changed",
            "exam",
            exam_id,
            entry=entry.id,
            extra_minutes=entry.extra_minutes,
            may_pause=entry.may_pause,
        )


def _views(
    session: Transaction, exam_id: str, entries: Sequence[RosterEntry]
) -> tuple[RosterView, ...]:
    rows = Roster(session)
    names, attempts = rows.names(exam_id), rows.attempt_counts(exam_id)
    return tuple(_view(entry, names, attempts) for entry in entries)


def _view(entry: RosterEntry, names: dict[str, str], attempts: dict[str, int]) -> RosterView:
    assert entry.id is not None
    row, user_id = roster_files.row_of(entry), entry.user_id or ""
    return RosterView(
        id=entry.id,
        email=row.email,
        name=names.get(user_id, ""),
        has_account=entry.user_id is not None,
        extra_minutes=row.extra_minutes,
        may_pause=row.may_pause,
        detectors_off=row.detectors_off,
        preset=row.preset,
        attempts=attempts.get(user_id, 0),
    )


def _refuse_to_remove(gone: Sequence[RosterEntry], sitting: set[str]) -> None:
    problems = tuple(
        Problem(0, f"{entry.email} is sitting the exam now and is not in the file.")
        for entry in gone
        if entry.user_id in sitting
    )
    if problems:
        raise FileInvalid(problems, "Row")


def _leave_room(entries: int) -> None:
    if entries > MAX_ENTRIES:
        raise Conflict("roster_full", f"A roster has at most {MAX_ENTRIES} entries.")


def _there(entry: RosterEntry | None) -> RosterEntry:
    if entry is None:
        raise NotFound("no_roster_entry", "There is no such entry on the roster.")
    return entry


def _taken() -> Conflict:
    return Conflict("roster_email_taken", "This e-mail is on the roster already.")
