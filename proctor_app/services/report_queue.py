"""Single reports for those who wait for them, in threads kept for that: however many are asked for,
everything else of the installation goes on."""

import asyncio
import threading

from proctor_app.domain.access import Actor
from proctor_app.errors import Throttled, Unavailable
from proctor_app.services.report_pdf import Stopped
from proctor_app.services.reports import Format, ReportFile, Reports
from proctor_app.services.workers import Busy, Workers

_PDFS_AT_ONCE, _PDFS_WAITING = 2, 4
_OTHERS_AT_ONCE, _OTHERS_WAITING = 2, 30
_RETRY_S = 5
_MANY = "Reports are being made for you or many others. Try again in a moment."


class ReportQueue:
    """Used on the event loop. A PDF takes a second or more, so each person gets one at a time, and
    few wait; the other formats never stand behind them."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports
        self._pdfs = Workers("pdfs", _PDFS_AT_ONCE, _PDFS_WAITING)
        self._others = Workers("reports", _OTHERS_AT_ONCE, _OTHERS_WAITING)
        self._is_ending = threading.Event()

    async def make(self, actor: Actor, attempt_id: str, kind: Format) -> ReportFile:
        """As ``Reports.make``; raises Throttled as well where too many wait already."""
        # Nobody who may not have it takes a place from those who may.
        await asyncio.to_thread(self._reports.may_make, actor, attempt_id)
        make, asked = self._reports.make, (actor, attempt_id, kind, self._is_ending.is_set)
        try:
            if kind is Format.PDF:
                return await self._pdfs.run_for(actor.user_id, make, *asked)
            return await self._others.run(make, *asked)
        except Busy as error:
            raise Throttled(_RETRY_S, _MANY) from error
        except Stopped as error:
            raise Unavailable from error

    def close(self) -> None:
        """End those that are being made."""
        self._is_ending.set()
        self._pdfs.close()
        self._others.close()
