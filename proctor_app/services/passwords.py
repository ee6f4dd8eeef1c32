"""Passwords: bcrypt, at most 72 bytes (longer is refused, not cut), no composition rules."""

import bcrypt

from proctor_app.errors import Invalid

MIN_CHARACTERS = 8
MAX_BYTES = 72
_ROUNDS = 12
_NOBODYS_HASH = bcrypt.hashpw(b"nobody's password", bcrypt.gensalt(_ROUNDS)).decode()


def check_policy(password: str, email: str) -> None:
    """Raise Invalid with the rule that is not met."""
    if len(password) < MIN_CHARACTERS:
        raise Invalid("password_too_short", f"Use at least {MIN_CHARACTERS} characters.")
    if len(password.encode()) > MAX_BYTES:
        raise Invalid("password_too_long", f"Use at most {MAX_BYTES} bytes.")
    if password.casefold() in (email.casefold(), email.split("@")[0].casefold()):
        raise Invalid("password_is_email", "Do not use your e-mail address as the password.")


def hash_password(password: str) -> str:
    return bcrypt.hashpw(password.encode(), bcrypt.gensalt(_ROUNDS)).decode()


def verify(password: str, password_hash: str | None) -> bool:
    """Compare in constant time; without an account (None) the same work is done in vain."""
    given = password.encode()
    matches = bcrypt.checkpw(given[:MAX_BYTES], (password_hash or _NOBODYS_HASH).encode())
    return matches and password_hash is not None and len(given) <= MAX_BYTES
