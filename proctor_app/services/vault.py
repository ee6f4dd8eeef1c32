"""Encryption at rest: face templates and pictures are sealed with Fernet (AES-CBC, HMAC)."""

from cryptography.fernet import Fernet, InvalidToken

from proctor_app.errors import ProctorError


class Unreadable(ProctorError):
    code = "unreadable"
    detail = "The stored data can't be read with the present key."


class Vault:
    def __init__(self, key: str) -> None:
        self._fernet = Fernet(key)

    def seal(self, data: bytes) -> bytes:
        return self._fernet.encrypt(data)

    def open(self, sealed: bytes) -> bytes:
        """Raises Unreadable for another key's or damaged data."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise Unreadable from error
