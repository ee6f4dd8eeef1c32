"""Pages of what the rules saw, on their way into the database."""

import logging
from collections.abc import Mapping, Sequence

from proctor_app.db.repositories.traces import SignalTraces
from proctor_app.db.session import Database
from proctor_app.services.people import erasure_begun
from proctor_app.services.trace_pages import Page, PageDamaged, Written, decode, encode

log = logging.getLogger(__name__)
_AT_ONCE = 50


class TraceWriter:
    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, changed: Mapping[str, Sequence[Written]]) -> None:
        """Write the changed pages of some attempts, a few attempts in a transaction, which holds
        their candidates. What a page holds already stays: a process before this one may have begun
        it, and pages may be written again. Of somebody whose erasure was begun nothing is written.
        Raises DatabaseUnavailable, after which any of them may be written.
        """
        ids = sorted(changed)
        for start in range(0, len(ids), _AT_ONCE):
            self._write({one: changed[one] for one in ids[start : start + _AT_ONCE]})

    def _write(self, changed: Mapping[str, Sequence[Written]]) -> None:
        oldest = min((one.slot for pages in changed.values() for one in pages), default=0)
        with self._database.write() as session:
            rows = SignalTraces(session)
            owners = rows.owners(changed.keys())
            kept = [one for one in changed if one in owners and not erasure_begun(owners[one])]
            stored = rows.from_slot(kept, oldest)
            for attempt_id in kept:
                for one in changed[attempt_id]:
                    row = stored.get((attempt_id, one.slot))
                    if row is None:
                        rows.add(attempt_id, one.slot, encode(one.page))
                    else:
                        row.data = _merged(one.page, row.data)


def _merged(page: Page, stored: bytes) -> bytes:
    try:
        page.merge(decode(stored))
    except PageDamaged:
        log.warning("trace.damaged")
    return encode(page)
