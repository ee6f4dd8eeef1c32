"""Passwords: bcrypt, at most 72 bytes (longer is refused, not cut), no composition rules."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import bcrypt
from zxcvbn import zxcvbn  # type: ignore[import-untyped]
from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

from proctor_app.errors import Invalid, Unavailable

MIN_CHARACTERS = 8
MAX_BYTES = 72
_ROUNDS = 12
_NOBODYS_HASH = bcrypt.hashpw(b"nobody's password", bcrypt.gensalt(_ROUNDS)).decode()
_NO_PASSWORD = "." * 31
"""23 bytes of zeros: a hash is like this once in 2^184."""
_COMMON = frozenset(word for word in FREQUENCY_LISTS["passwords"] if len(word) >= MIN_CHARACTERS)
"""From the lists of leaked passwords that zxcvbn ranks by how often they were chosen."""
_STRENGTHS = (
    "Very weak: guessed at once",
    "Weak: guessed quickly",
    "Fair: add another word",
    "Good",
    "Strong",
)
_RATED_CHARACTERS = 72
"""Rating takes time that grows with the square of the length; zxcvbn itself stops here, too."""
_SUBSTITUTES = frozenset("4@8({[<369!1|70$5+%2")
_MOST_SUBSTITUTES = 4
"""zxcvbn tries every combination of the kinds of substitutes there are: with 20 of them 72
characters took 3.5 s, with 4 at most 0.07 s."""
_MAX_WAITING = 200

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Strength:
    """score: 0 to 4 (zxcvbn's guesses below 10^3, 10^6, 10^8, 10^10, or more)."""

    score: int
    words: str


def check_policy(password: str, email: str, name: str = "") -> None:
    """Raise Invalid with the rule that is not met."""
    if len(password) < MIN_CHARACTERS:
        raise Invalid("password_too_short", f"Use at least {MIN_CHARACTERS} characters.")
    if len(_encoded(password)) > MAX_BYTES:
        raise Invalid("password_too_long", f"Use at most {MAX_BYTES} bytes.")
    plain = _plain(password)
    if plain in (_plain(email), _plain(email.split("@")[0])):
        raise Invalid("password_is_email", "Do not use your e-mail address as the password.")
    if name and plain == _plain(name):
        raise Invalid("password_is_name", "Do not use your name as the password.")
    if is_common(password):
        raise Invalid("password_common", "Many people use this password: choose another one.")


def is_common(password: str) -> bool:
    return password.casefold() in _COMMON


def strength(password: str) -> Strength:
    """Rate a password; what the rules refuse is very weak however long it takes to guess."""
    if len(password) < MIN_CHARACTERS:
        return Strength(0, f"Too short: at least {MIN_CHARACTERS} characters")
    if len(_encoded(password)) > MAX_BYTES:
        return Strength(0, f"Too long: at most {MAX_BYTES} bytes")
    if is_common(password):
        return Strength(0, "Refused: many people use this password")
    score = int(zxcvbn(_quickly_rated(password[:_RATED_CHARACTERS]))["score"])
    return Strength(score, _STRENGTHS[score])


def hash_password(password: str) -> str:
    return bcrypt.hashpw(_encoded(password), bcrypt.gensalt(_ROUNDS)).decode()


def verify(password: str, password_hash: str | None) -> bool:
    """Compare in constant time; without an account (None) the same work is done in vain."""
    given = _encoded(password)
    matches = bcrypt.checkpw(given[:MAX_BYTES], (password_hash or _NOBODYS_HASH).encode())
    return matches and bool(password_hash) and len(given) <= MAX_BYTES


def nobodys_password() -> str:
    """In place of a hash, for an account that is entered otherwise: of the form of a hash, and as
    slow to compare with, but no password has it."""
    return bcrypt.gensalt(_ROUNDS).decode() + _NO_PASSWORD


def was_never_set(password_hash: str) -> bool:
    """Whether it is such a one."""
    return password_hash.endswith(_NO_PASSWORD)


class PasswordPool:
    """Threads of their own for the work on passwords, so that many log-ins at once keep neither
    frames nor pages waiting. Known and unknown accounts stand in the same queue."""

    def __init__(self, threads: int | None = None) -> None:
        """threads: half of the cores unless given; vision has threads for all of them."""
        count = threads or max(1, (os.cpu_count() or 1) // 2)
        self._threads = ThreadPoolExecutor(count, "passwords")
        self._waiting = 0

    async def run(
        self,
        function: Callable[_Given, _Answer],
        *arguments: _Given.args,
        **named: _Given.kwargs,
    ) -> _Answer:
        """Call the function in one of the threads. Raises what it raises; Unavailable where too
        many wait already."""
        if self._waiting >= _MAX_WAITING:
            raise Unavailable("busy", "Too many people log in at this moment. Try again.")
        self._waiting += 1
        try:
            work = self._threads.submit(function, *arguments, **named)
            return await asyncio.wrap_future(work)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _quickly_rated(password: str) -> str:
    """The password with no more kinds of substitutes than can be rated in a moment."""
    kinds = list(dict.fromkeys(one for one in password if one in _SUBSTITUTES))
    return password.translate({ord(one): "~" for one in kinds[_MOST_SUBSTITUTES:]})


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _encoded(password: str) -> bytes:
    # JSON can carry half a character, which plain UTF-8 can't.
    return password.encode(errors="surrogatepass")
