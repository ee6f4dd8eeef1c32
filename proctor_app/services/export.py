"""A person's data as an archive: every row that is theirs, and their pictures."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from proctor_app.clock import Clock, iso
from proctor_app.db.repositories.audit import AuditRows, EntryFilter
from proctor_app.db.repositories.personal import PersonalRows, Row, owned_tables
from proctor_app.db.session import Database
from proctor_app.db.tables import AuditEntry
from proctor_app.errors import NotFound
from proctor_app.services.export_told import BY, told
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.trace_pages import PageDamaged, decode, numbers
from proctor_app.services.vault import Unreadable, Vault
from proctor_app.services.versions import Versions
from proctor_app.vision.models.identity import NUMBERS

IN_MEMORY_BYTES = 4 * 1024 * 1024
"""Beyond it the archive goes on in a file, which is gone when it is closed."""
_CHUNK_BYTES = 64 * 1024
_ENTRIES = 500
_PNG = b"\x89PNG"

SECRETS = frozenset(
    {"users.password_hash", "users.totp_secret", "users.totp_last_step", "password_resets.digest"}
)
"""Columns that tell nobody anything, but would open the account to whoever reads them."""
PICTURES = frozenset({"users.face_photo_key", "evidence.key"})
"""Columns that name a picture: the archive has the picture, and its name there in their place."""
_TEMPLATE = "users.face_template"
_TRACE = "signal_traces.data"

_README = """What this archive holds
=======================

All that this installation of Proctor holds about you, as of {made_at}.

data.json   The rows of the database that are yours, table by table: your account, log-ins,
            sittings (attempts) with what happened in them, incidents and the list of their
            pictures; and under "log" who did what with your account, by role. Times are in UTC.
            "face_template" is the list of numbers by which your face is known.
            "signal_traces" is what each rule saw of you while you sat, five minutes a row: for each
            second how many pictures were looked at, and how sure each rule was, from 0 to 1. null
            is unknown. A row begins at its slot times 300 seconds after the start of 1970.
            Left out are what would open your account to a reader: the digest of your password,
            the secret of your second factor, and of links to reset a password. Points and comments
            of an exam are there as soon as its results are released, and what its review found as
            soon as that is; ask again then.
pictures/   The pictures of incidents ({pictures} in all, the sign-up photo included where the
            installation keeps it). The list "evidence" in data.json says which incident each
            belongs to.

An incident is what a program noted. A person looks at each of them, and none of them decides
anything by itself.
{missing}"""
_MISSING = """
{count} pictures, templates or traces could not be read any more; they are named in data.json
alone.
"""


@dataclass(frozen=True, slots=True)
class Export:
    """A ZIP archive, to be read once; ``close`` removes it."""

    file: IO[bytes]
    size_bytes: int
    name: str

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, piece by piece; it is closed afterwards, whatever happens."""
        try:
            while chunk := self.file.read(_CHUNK_BYTES):
                yield chunk
        finally:
            self.file.close()

    def close(self) -> None:
        self.file.close()


@dataclass
class _Found:
    """pictures: name in the archive and key in the store; unreadable: what could not be read."""

    pictures: list[tuple[str, str]] = field(default_factory=list)
    unreadable: int = 0


class Exporter:
    def __init__(
        self, database: Database, pictures: PictureStore, vault: Vault, clock: Clock
    ) -> None:
        self._database = database
        self._versions = Versions(database)
        self._pictures = pictures
        self._vault = vault
        self._clock = clock

    def build(self, user_id: str) -> Export:
        """Everything about one person. One row and one picture are in memory at a time.

        Raises DatabaseUnavailable.
        """
        now, found = self._clock(), _Found()
        file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        try:
            with ZipFile(file, "w") as archive:
                with archive.open(_entry("data.json", now, ZIP_DEFLATED), "w") as out:
                    self._write_data(out, user_id, now, found)
                written = self._write_pictures(archive, now, found)
                readme = _entry("README.txt", now, ZIP_DEFLATED)
                archive.writestr(readme, _readme(now, written, found))
            size_bytes = file.tell()
            file.seek(0)
        except BaseException:
            file.close()
            raise
        return Export(file, size_bytes, f"proctor-data-{now:%Y-%m-%d}.zip")

    def _write_data(self, out: IO[bytes], user_id: str, now: datetime, found: _Found) -> None:
        out.write(b'{"made_at": ' + _json(now))
        with self._database.read() as session:
            rows, may = PersonalRows(session), told(session, self._versions, user_id, now)
            for table in owned_tables():
                of_table = (may.of(table, row) for row in rows.of(table, user_id))
                shown = (self._row(table, row, user_id, found) for row in of_table if row)
                _write_list(out, table, shown)
        _write_list(out, "log", self._log(user_id))
        out.write(b"\n}\n")

    def _row(self, table: str, row: Row, user_id: str, found: _Found) -> Row:
        shown: Row = {}
        for name, value in row.items():
            column = f"{table}.{name}"
            if column in PICTURES:
                shown["picture"] = self._picture(table, row, str(value), found)
            elif column == _TEMPLATE:
                shown[name] = self._template(value, found)
            elif column == _TRACE:
                shown[name] = _trace(value, found)
            elif column in BY:
                shown[name] = _in_general(str(value), user_id)
            elif column not in SECRETS:
                shown[name] = value
        return shown

    def _picture(self, table: str, row: Row, key: str, found: _Found) -> str | None:
        """The picture's name in the archive, to be written there later."""
        if not key:
            return None
        if table == "evidence":
            name = f"pictures/incident-{row['incident_id']}-{row['ordinal']}.jpg"
        else:
            name = f"pictures/sign-up-photo.{self._ending(key)}"
        found.pictures.append((name, key))
        return name

    def _ending(self, key: str) -> str:
        try:
            return "png" if self._pictures.get(key).startswith(_PNG) else "jpg"
        except (NotFound, Unreadable):
            return "jpg"

    def _template(self, sealed: bytes | None, found: _Found) -> list[list[float]] | None:
        if sealed is None:
            return None
        try:
            rows = np.frombuffer(self._vault.open(sealed), np.float64).reshape(-1, NUMBERS)
        except (Unreadable, ValueError):  # another key's, or damaged
            found.unreadable += 1
            return None
        numbers: list[list[float]] = rows.tolist()
        return numbers

    def _log(self, user_id: str) -> Iterator[Row]:
        """Newest first; of what others did it tells their role, never who they are."""
        last: int | None = None
        while True:
            with self._database.read() as session:
                wanted = EntryFilter(person=user_id)
                batch = AuditRows(session).before(last, wanted, _ENTRIES)
            for entry in batch:
                yield {
                    "at": entry.at,
                    "action": entry.action,
                    "by": by_whom(entry, user_id),
                    "about_you": entry.subject_id == user_id,
                    "detail": entry.detail if entry.subject_id == user_id else "",
                }
            if len(batch) < _ENTRIES:
                return
            last = batch[-1].number

    def _write_pictures(self, archive: ZipFile, now: datetime, found: _Found) -> int:
        written = 0
        for name, key in found.pictures:
            try:
                picture = self._pictures.get(key)
            except (NotFound, Unreadable):
                found.unreadable += 1
                continue
            archive.writestr(_entry(name, now, ZIP_STORED), picture)
            written += 1
        return written


def _trace(data: bytes, found: _Found) -> Mapping[str, object] | None:
    try:
        return numbers(decode(data))
    except PageDamaged:
        found.unreadable += 1
        return None


def by_whom(entry: AuditEntry, user_id: str) -> str:
    """Who did it, without saying who that is: "you", a role, or the installation itself."""
    if not entry.actor_id:
        return "the installation"
    return "you" if entry.actor_id == user_id else entry.actor_role


def _in_general(named_id: str, user_id: str) -> str:
    """As ``by_whom``, where no role was noted."""
    if not named_id:
        return "the installation"
    return "you" if named_id == user_id else "staff"


def _readme(now: datetime, written: int, found: _Found) -> str:
    missing = _MISSING.format(count=found.unreadable) if found.unreadable else ""
    return _README.format(made_at=iso(now), pictures=written, missing=missing)


def _entry(name: str, now: datetime, compression: int) -> ZipInfo:
    info = ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
    info.compress_type = compression
    info.external_attr = 0o600 << 16
    return info


def _write_list(out: IO[bytes], name: str, rows: Iterator[Row]) -> None:
    out.write(b",\n" + _json(name) + b": [")
    for number, row in enumerate(rows):
        out.write((b",\n  " if number else b"\n  ") + _json(row))
    out.write(b"]")


def _json(value: object) -> bytes:
    return json.dumps(value, default=_plain, ensure_ascii=False).encode(errors="backslashreplace")


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} can't be exported")
