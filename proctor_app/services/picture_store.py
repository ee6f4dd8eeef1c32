"""Where pictures lie: a port, and the folder that serves it by default."""

import os
import uuid
from pathlib import Path
from typing import Protocol

from proctor_app.errors import NotFound
from proctor_app.services.vault import Vault


class PictureStore(Protocol):
    def put(self, owner: str, picture: bytes) -> str:
        """Keep a picture durably under a key that begins with its owner; return the key."""
        ...

    def get(self, key: str) -> bytes:
        """Raises NotFound, or Unreadable where the key has changed."""
        ...

    def delete(self, key: str) -> None:
        """Remove the picture; nothing happens where it is gone already."""
        ...


class FolderStore:
    """One encrypted file per picture, in one folder per owner; keys are made here alone, so no
    outside text becomes part of a path."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def put(self, owner: str, picture: bytes) -> str:
        key = f"{uuid.UUID(owner)}/{uuid.uuid4()}"
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        with temporary.open("wb") as file:
            file.write(self._vault.seal(picture))
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
        return key

    def get(self, key: str) -> bytes:
        try:
            sealed = (self._folder / key).read_bytes()
        except FileNotFoundError as error:
            raise NotFound("picture_gone", "This picture has been removed.") from error
        return self._vault.open(sealed)

    def delete(self, key: str) -> None:
        (self._folder / key).unlink(missing_ok=True)
