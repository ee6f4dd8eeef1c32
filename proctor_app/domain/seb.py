"""Safe Exam Browser: the settings of an exam, their Config Key, and what the browser shows of it.

By its documentation: safeexambrowser.org/developer/seb-config-key.html and seb-integration.html.
"""

import base64
import hashlib
import hmac
import plistlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from urllib.parse import urldefrag, urlsplit

Value: TypeAlias = (
    "bool | int | float | str | bytes | datetime | Sequence[Value] | Mapping[str, Value]"
)
Settings = Mapping[str, Value]

MAX_KEYS = 15
"""Browser Exam Keys of an exam: one for each version and platform that is allowed."""
_HASH = re.compile(r"[0-9a-fA-F]{64}")
_NOT_HASHED = "originatorVersion"
_FULL_SCREEN, _MODERN_VIEW, _ALLOW = 1, 3, 1
_BLOCKED = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request or a page showed. url: the address that was hashed. config_hash, exam_hash:
    of the Config Key and of a Browser Exam Key, empty where none was sent."""

    url: str
    config_hash: str = ""
    exam_hash: str = ""


def settings(start_url: str, quit_digest: str = "") -> dict[str, Value]:
    """The settings of a browser that opens ``start_url`` and nothing outside of its host.

    quit_digest: see ``digest``; empty lets candidates leave without a password.
    """
    place = urlsplit(start_url)
    found: dict[str, Value] = {
        "sebConfigPurpose": 0,  # settings for an exam, not for the computer
        "startURL": start_url,
        "sendBrowserExamKey": True,
        "browserWindowWebView": _MODERN_VIEW,
        "browserViewMode": _FULL_SCREEN,
        "browserWindowAllowReload": True,
        "allowBrowsingBackForward": False,
        "newBrowserWindowByLinkPolicy": _BLOCKED,
        "newBrowserWindowByScriptPolicy": _BLOCKED,
        "enableBrowserWindowToolbar": False,
        "showTaskBar": True,
        "showReloadButton": True,
        "showTime": True,
        "showInputLanguage": True,
        "allowQuit": True,
        "allowSpellCheck": False,
        "allowDictionaryLookup": False,
        "enablePrivateClipboard": True,
        "enablePrintScreen": False,
        "allowDownUploads": False,
        "allowScreenSharing": False,
        "allowVirtualMachine": False,
        "browserMediaCaptureCamera": True,  # what the exam watches is the exam's affair
        "browserMediaCaptureMicrophone": False,
        "examSessionClearCookiesOnStart": True,
        "examSessionClearCookiesOnEnd": True,
        "URLFilterEnable": True,
        "URLFilterEnableContentFilter": False,
        "URLFilterRules": [
            {
                "action": _ALLOW,
                "active": True,
                "expression": f"{place.scheme}://{place.netloc}/*",
                "regex": False,
            }
        ],
    }
    if quit_digest:
        found["hashedQuitPassword"] = quit_digest
    return found


def as_file(config: Settings) -> bytes:
    """A .seb file: the settings as a plain property list, which every version opens."""
    return plistlib.dumps(dict(config), fmt=plistlib.FMT_XML)


def config_key(config: Settings) -> str:
    """The Config Key, 64 hexadecimal digits: SHA-256 of the settings as ``seb_json``."""
    return hashlib.sha256(seb_json(config).encode()).hexdigest()


def seb_json(config: Settings) -> str:
    """The settings in the form that is hashed: sorted by name whatever its case, no white space, no
    escapes, without empty dictionaries and without the program that wrote them."""
    return _written({name: value for name, value in config.items() if name != _NOT_HASHED})


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, bytes):
        return f'"{base64.b64encode(value).decode()}"'
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
        return f'"{moment:%Y-%m-%dT%H:%M:%SZ}"'
    if isinstance(value, Mapping):
        kept = [(name, one) for name, one in value.items() if one != {}]
        pairs = sorted(kept, key=lambda pair: (pair[0].lower(), pair[0]))
        return "{" + ",".join(f'"{name}":{_written(one)}' for name, one in pairs) + "}"
    return "[" + ",".join(_written(one) for one in value) + "]"


def proof(url: str, key: str) -> str:
    """What the browser sends for a key when it asks for ``url``: SHA-256 of the two together, the
    part after # left away."""
    return hashlib.sha256((urldefrag(url).url + key).encode()).hexdigest()


def matches(url: str, sent: str, key: str) -> bool:
    """Whether ``sent`` is the proof of this key for this address; takes as long whichever."""
    expected = proof(url, key)
    given = sent if _HASH.fullmatch(sent) else ""
    return hmac.compare_digest(expected.encode(), given.lower().encode())


def is_proved(shown: Shown, config: str, exam_keys: Iterable[str]) -> bool:
    """Whether the Config Key was shown and, where there are Browser Exam Keys, one of them too."""
    keys = list(exam_keys)
    known = [matches(shown.url, shown.exam_hash, key) for key in keys]  # each one, whichever fits
    return matches(shown.url, shown.config_hash, config) and (any(known) or not keys)


def digest(password: str) -> str:
    """A quit password as a configuration holds it: SHA-256, in lower-case digits."""
    return hashlib.sha256(password.encode()).hexdigest()


def exam_keys(text: str) -> tuple[str, ...]:
    """Browser Exam Keys as somebody pasted them, in lower case, each once.

    Raises ValueError with what is wrong, for people.
    """
    found = tuple(dict.fromkeys(word.lower() for word in re.split(r"[\s,;]+", text) if word))
    for word in found:
        if not _HASH.fullmatch(word):
            raise ValueError(f"{word[:20]} is no Browser Exam Key: 64 digits 0 to 9 and a to f")
    if len(found) > MAX_KEYS:
        raise ValueError(f"at most {MAX_KEYS} Browser Exam Keys are kept")
    return found
