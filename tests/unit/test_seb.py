"""Safe Exam Browser's arithmetic: the Config Key by its documentation, and what is shown of it."""

import hashlib
import json
import plistlib
from datetime import UTC, datetime, timedelta, timezone
from itertools import permutations
from typing import Any

import pytest

from proctor_app.domain import seb
from proctor_app.domain.seb import Shown

URL = "https://exams.example.org/seb/e1"
KEY, OTHER_KEY = "a" * 64, "b" * 64
IN_DOCUMENTED_ORDER = [
    "additionalResources", "allowAirPlay", "allowDownUploads", "allowedDisplayBuiltin",
    "allowedDisplaysMaxNumber", "allowFlashFullscreen", "allowWlan", "blacklistURLFilter",
    "browserWindowShowURL", "URLFilterEnable", "URLFilterEnableContentFilter",
    "URLFilterIgnoreList", "URLFilterMessage", "urlFilterRegex", "URLFilterRules",
    "urlFilterTrustedContent", "whitelistURLFilter", "zoomMode",
]  # fmt: skip
"""Names from the example in the documentation, in its order: capitals make no difference."""


def key_of_file(data: bytes) -> str:
    """The Config Key of a .seb file, by another way than the code's: through JSON itself."""

    def ordered(value: Any) -> Any:
        if isinstance(value, dict):
            names = sorted(value, key=str.casefold)
            return {name: ordered(value[name]) for name in names if value[name] != {}}
        return [ordered(one) for one in value] if isinstance(value, list) else value

    found = {k: v for k, v in plistlib.loads(data).items() if k != "originatorVersion"}
    text = json.dumps(ordered(found), separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_given_the_documented_order_of_names_then_ours_is_the_same() -> None:
    config = dict.fromkeys(sorted(IN_DOCUMENTED_ORDER, reverse=True), 1)
    assert list(json.loads(seb.seb_json(config))) == IN_DOCUMENTED_ORDER


@pytest.mark.parametrize(
    ("config", "written"),
    [
        ({}, "{}"),
        (
            {"startURL": "https://safeexambrowser.org/start", "allowWlan": False, "zoomMode": 0},
            '{"allowWlan":false,"startURL":"https://safeexambrowser.org/start","zoomMode":0}',
        ),
        ({"b": True, "A": [1, "two", {"d": 1, "C": 2}], "c": 2.5},
         '{"A":[1,"two",{"C":2,"d":1}],"b":true,"c":2.5}'),
        ({"filter": r"^.*?:\/\/x"}, r'{"filter":"^.*?:\/\/x"}'),
        ({"name": 'Prüfung "A" / ß'}, '{"name":"Prüfung "A" / ß"}'),
        ({"salt": b"\x00\xff"}, '{"salt":"AP8="}'),
        ({"day": datetime(2026, 3, 2, 9, tzinfo=UTC)}, '{"day":"2026-03-02T09:00:00Z"}'),
        ({"day": datetime(2026, 3, 2, 9)}, '{"day":"2026-03-02T09:00:00Z"}'),  # noqa: DTZ001
        ({"day": datetime(2026, 3, 2, 9, tzinfo=timezone(timedelta(hours=2)))},
         '{"day":"2026-03-02T07:00:00Z"}'),
        ({"none": {}, "list": [], "in": {"none": {}, "a": 1}}, '{"in":{"a":1},"list":[]}'),
        ({"originatorVersion": "SEB_Win_3.7", "a": 1}, '{"a":1}'),
        ({"in": {"originatorVersion": "kept"}}, '{"in":{"originatorVersion":"kept"}}'),
    ],
)  # fmt: skip
def test_settings_are_written_as_the_documentation_says(
    config: dict[str, Any], written: str
) -> None:
    assert seb.seb_json(config) == written
    assert seb.config_key(config) == hashlib.sha256(written.encode()).hexdigest()


def test_given_a_file_then_its_key_worked_out_elsewhere_is_the_one_that_is_accepted() -> None:
    for quit_digest in ("", seb.digest("leave")):
        config = seb.settings(URL, quit_digest)
        assert key_of_file(seb.as_file(config)) == seb.config_key(config)


def test_given_other_settings_then_the_key_is_another_one() -> None:
    kinds = [
        seb.settings(URL),
        seb.settings(URL, seb.digest("leave")),
        seb.settings(URL, seb.digest("Leave")),
        seb.settings(URL + "2"),
        seb.settings(URL.replace("https", "http")),
    ]
    assert len({seb.config_key(one) for one in kinds}) == len(kinds)


def test_the_order_in_which_settings_were_set_changes_nothing() -> None:
    pairs: list[tuple[str, Any]] = [("b", 1), ("A", 2), ("c", {"y": 1, "X": 2})]
    assert len({seb.config_key(dict(one)) for one in permutations(pairs)}) == 1


def test_the_configuration_lets_nothing_but_the_exams_host_in_and_sends_the_keys() -> None:
    found = plistlib.loads(seb.as_file(seb.settings("http://localhost:8080/seb/e1")))
    assert found["startURL"] == "http://localhost:8080/seb/e1"
    assert found["URLFilterEnable"] is True
    assert [rule["expression"] for rule in found["URLFilterRules"]] == ["http://localhost:8080/*"]
    assert found["sendBrowserExamKey"] is True
    assert found["browserMediaCaptureCamera"] is True
    assert found["examSessionClearCookiesOnStart"] is True
    assert "hashedQuitPassword" not in found


def test_a_quit_password_is_kept_as_the_digest_that_the_browser_compares() -> None:
    # What `printf test | sha256sum` writes.
    known = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    assert seb.digest("test") == known
    assert seb.settings(URL, known)["hashedQuitPassword"] == known


def test_a_proof_is_of_the_address_without_its_fragment_and_then_the_key() -> None:
    # printf '%s%s' https://a.example/x?y=1 aaaa...(64) | sha256sum
    expected = hashlib.sha256(f"https://a.example/x?y=1{KEY}".encode()).hexdigest()
    assert seb.proof("https://a.example/x?y=1#here", KEY) == expected
    assert seb.matches("https://a.example/x?y=1", expected.upper(), KEY)


@pytest.mark.parametrize(
    ("url", "sent", "key"),
    [
        (URL, seb.proof(URL, OTHER_KEY), KEY),
        (URL + "/", seb.proof(URL, KEY), KEY),
        (URL, seb.proof(URL, KEY)[:-1], KEY),
        (URL, seb.proof(URL, KEY) + "0", KEY),
        (URL, "", KEY),
        (URL, "é" * 64, KEY),
        (URL, KEY, KEY),
    ],
)
def test_anything_else_is_no_proof(url: str, sent: str, key: str) -> None:
    assert not seb.matches(url, sent, key)


@pytest.mark.parametrize(
    ("exam_keys", "shown_key", "is_proved"),
    [
        ((), "", True),
        ((), OTHER_KEY, True),
        ((OTHER_KEY,), OTHER_KEY, True),
        (("c" * 64, OTHER_KEY), OTHER_KEY, True),
        ((OTHER_KEY, "c" * 64), OTHER_KEY, True),
        ((OTHER_KEY,), "", False),
        ((OTHER_KEY,), KEY, False),
    ],
)
def test_where_there_are_browser_exam_keys_one_of_them_is_asked_for_too(
    exam_keys: tuple[str, ...], shown_key: str, is_proved: bool
) -> None:
    exam_hash = seb.proof(URL, shown_key) if shown_key else ""
    shown = Shown(URL, seb.proof(URL, KEY), exam_hash)
    assert seb.is_proved(shown, KEY, exam_keys) is is_proved
    assert not seb.is_proved(Shown(URL, "", exam_hash), KEY, exam_keys)


def test_pasted_keys_are_read_whatever_stands_between_them() -> None:
    assert seb.exam_keys(f"  {KEY.upper()},\n{OTHER_KEY};{KEY} ") == (KEY, OTHER_KEY)
    assert seb.exam_keys(" \n") == ()


@pytest.mark.parametrize(
    "text", ["a" * 63, "g" * 64, KEY + OTHER_KEY, " ".join(f"{n:064x}" for n in range(16))]
)
def test_what_is_no_key_or_one_too_many_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="Browser Exam Key"):
        seb.exam_keys(text)
    assert len(" ".join(f"{n:064x}" for n in range(seb.MAX_KEYS))) <= 1000  # fits its column
