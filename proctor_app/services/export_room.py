"""How much room archives may take: the disk is the exams' own, and evidence comes first."""

import shutil
from pathlib import Path

from proctor_app.errors import Unavailable

_RESERVE_BYTES = 2 * 1024**3
_RESERVE_SHARE = 0.1
"""What stays free: the smaller of the two, so that a small disk has exports at all."""
_MOST_BYTES = 20 * 1024**3
"""Of all archives together, those that are being made too."""


class NoRoom(Unavailable):
    """Archives would take what running exams need."""

    code = "exports_no_room"
    detail = (
        "This server has no room for another export now. Remove those that you don't need, or try "
        "again in an hour."
    )


class Room:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check(self) -> None:
        """Raises NoRoom."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        disk = shutil.disk_usage(self._folder)
        reserve_bytes = min(_RESERVE_BYTES, int(disk.total * _RESERVE_SHARE))
        if disk.free < reserve_bytes or self._taken_bytes() > _MOST_BYTES:
            raise NoRoom

    def _taken_bytes(self) -> int:
        taken_bytes = 0
        for path in self._folder.glob("*.zip*"):
            try:
                taken_bytes += path.stat().st_size
            except FileNotFoundError:  # removed in this moment
                continue
        return taken_bytes
