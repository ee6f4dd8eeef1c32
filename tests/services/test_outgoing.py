"""The way out: nothing that only this server reaches can be reached through it."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from proctor_app.errors import Invalid
from proctor_app.services.outgoing import (
    LOOKUP_THREADS,
    LOOKUPS,
    MAX_URL,
    Answered,
    Outgoing,
    Unreachable,
)
from tests.fakes import FakeClock
from tests.webhooks import LOOPBACK, Mode, Receiver, receiving
from tests.world import eventually


@pytest.fixture
async def strict() -> AsyncIterator[Outgoing]:
    found = Outgoing(())
    yield found
    await found.close()


@pytest.fixture
async def local() -> AsyncIterator[Outgoing]:
    found = Outgoing((LOOPBACK,))
    yield found
    await found.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(FakeClock()) as found:
        found.be(Mode.REFUSES)
        yield found


def _resolves(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let every name be these addresses, one list (separated by blanks) a question; the names that
    were asked for."""
    asked: list[str] = []

    def getaddrinfo(
        host: str, port: int, **_: object
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found.split()]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1",
        "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[2001:db8::1]",
        "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
        "[2001:0:7f00:1::]", "[2001:0:4136:e378::1]", "[2002:808:808::1]", "[fec0::1]",
        "[::7f00:1]", "[::808:808]", "[::ffff:0:808:808]", "[64:ff9b::808:808]", "[64:ff9b:1::1]",
        "[2606::5efe:7f00:1]", "[2606::200:5efe:808:808]", "[3fff::1]", "[5f00::1]", "[4000::1]",
        "[100::1]", "192.88.99.1", "0.1.2.3", "[::ffff:192.88.99.1]",
    ],
)  # fmt: skip
def test_given_a_private_address_then_it_is_refused_before_anything_is_asked(
    strict: Outgoing, host: str
) -> None:
    with pytest.raises(Invalid) as refused:
        strict.check(f"https://{host}/hook")
    assert refused.value.code == "address_private"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "localhost.", "0"]
)
async def test_given_another_way_to_write_this_machine_then_it_is_refused_as_well(
    strict: Outgoing, host: str
) -> None:
    with pytest.raises((Invalid, Unreachable)) as refused:
        await strict.send("POST", f"https://{host}/hook")
    assert refused.value.code in ("address_private", "name_unknown")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.org/", "url_not_https"),
        ("ftp://hooks.example.org/", "url_not_valid"),
        ("file:///etc/passwd", "url_not_valid"),
        ("https://", "url_not_valid"),
        ("https:///hook", "url_not_valid"),
        ("https://user@hooks.example.org/", "url_not_valid"),
        ("https://user:pass@hooks.example.org/", "url_not_valid"),
        ("https://hooks.example.org\\@10.0.0.1/", "url_not_valid"),
        ("https://hooks.example.org:99999/", "url_not_valid"),
        ("https://hooks.example.org:x/", "url_not_valid"),
        ("https://hooks.example.org/a b", "url_not_valid"),
        ("https://hooks.example.org/\r\nX: y", "url_not_valid"),
        ("https://h\u00f6oks.example.org/", "url_not_valid"),
        ("https://hooks.example.org/" + "a" * MAX_URL, "url_not_valid"),
        ("", "url_not_valid"),
    ],
)
def test_given_what_is_no_address_for_this_then_it_is_refused(
    strict: Outgoing, url: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        strict.check(url)
    assert refused.value.code == code


def test_given_an_ordinary_address_then_it_is_taken(strict: Outgoing) -> None:
    for url in (
        "https://hooks.example.org/in?a=1", "https://8.8.8.8:8443/", "https://[2606::1]/",
        "https://[::ffff:8.8.8.8]/", "https://[2606::5eff:808:808]/",
    ):  # fmt: skip
        assert strict.check(url) == url


@pytest.mark.parametrize("found", ["10.0.0.1", "93.184.216.34 127.0.0.1", "169.254.169.254"])
async def test_given_a_name_with_any_private_address_then_nobody_is_asked(
    strict: Outgoing, monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    _resolves(monkeypatch, found)

    with pytest.raises(Invalid) as refused:
        await strict.send("POST", "https://hooks.example.org/")

    assert refused.value.code == "address_private"


async def test_given_a_name_that_changes_its_mind_then_what_was_judged_is_what_is_asked(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """127.0.0.1 is allowed here and 127.0.0.9 is not; the second answer would lead there."""
    outgoing = Outgoing(("127.0.0.1/32", "hooks.example.org"))
    asked = _resolves(monkeypatch, "127.0.0.1", "127.0.0.9")

    answer = await outgoing.send("POST", receiver.url.replace("127.0.0.1", "hooks.example.org"))

    assert (answer.status, asked) == (503, ["hooks.example.org"])
    await outgoing.close()


async def test_given_what_the_installation_allows_then_that_alone_goes_through(
    local: Outgoing, receiver: Receiver
) -> None:
    answer = await local.send("POST", receiver.url, body=b"{}")

    assert answer.status == 503
    for url in ("http://10.0.0.1/", "http://192.168.0.1/"):
        with pytest.raises(Invalid):
            local.check(url)
    named = Outgoing(("hooks.local",))
    assert named.check("http://hooks.local:9000/") == "http://hooks.local:9000/"
    with pytest.raises(Invalid):
        named.check("http://other.local/")


async def test_given_a_redirect_then_it_is_the_answer_and_not_followed(
    local: Outgoing, receiver: Receiver
) -> None:
    receiver.status, receiver.headers = 302, {"Location": "http://127.0.0.1:1/"}

    answer = await local.send("POST", receiver.url)

    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/")
    assert len(receiver.tries) == 1


async def _told(outgoing: Outgoing, url: str, **more: float) -> str:
    with pytest.raises(Unreachable) as failed:
        await outgoing.send("POST", url, **more)  # type: ignore[arg-type]
    return failed.value.code


async def test_given_an_answer_that_is_too_large_too_slow_or_none_then_that_is_said(
    local: Outgoing, receiver: Receiver
) -> None:
    receiver.answer = b"x" * 2000
    assert await _told(local, receiver.url, max_bytes=1999) == "answer_too_large"
    found: Answered = await local.send("POST", receiver.url, max_bytes=2000)
    assert len(found.body) == 2000

    receiver.be(Mode.HANGS)
    assert await _told(local, receiver.url, timeout_s=0.2) == "timeout"
    receiver.be(Mode.AWAY)
    assert await _told(local, receiver.url) == "no_connection"


async def test_given_a_certificate_that_nobody_vouches_for_then_nothing_is_sent(
    local: Outgoing, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What answers is no TLS at all here; a proxy of the environment is not asked either."""
    monkeypatch.setenv("HTTPS_PROXY", receiver.url)

    assert await _told(local, receiver.url.replace("http:", "https:")) == "no_connection"
    assert receiver.tries == []


class _DeadResolver:
    """No name is found before ``answer``, and then none is known. begun: how many were asked."""

    def __init__(self) -> None:
        self.begun = 0
        self._ended = threading.Event()

    def __call__(self, *_: object, **__: object) -> object:
        self.begun += 1
        self._ended.wait()
        raise socket.gaierror(-3, "no answer")

    def answer(self) -> None:
        self._ended.set()


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[_DeadResolver]:
    found = _DeadResolver()
    monkeypatch.setattr(socket, "getaddrinfo", found)
    yield found
    found.answer()


async def test_given_a_resolver_that_hangs_then_the_loops_own_threads_are_free(
    strict: Outgoing, resolver: _DeadResolver
) -> None:
    """One thread for everybody, so that a single name would hold it up."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    sends = [
        asyncio.create_task(_told(strict, f"https://h{n}.example.org/")) for n in range(LOOKUPS)
    ]
    await eventually(lambda: resolver.begun == LOOKUP_THREADS)

    assert await asyncio.to_thread(lambda: "done") == "done"
    assert await _told(strict, "https://one.more.example.org/") == "lookups_busy"
    resolver.answer()
    assert {*await asyncio.gather(*sends)} == {"name_unknown"}
    assert await _told(strict, "https://after.example.org/") == "name_unknown"


async def test_given_sends_that_give_up_then_their_waiting_look_ups_make_room_and_close_waits_not(
    strict: Outgoing, resolver: _DeadResolver
) -> None:
    for _ in range(2):
        tries = [
            _told(strict, f"https://h{n}.example.org/", timeout_s=0.05)
            for n in range(LOOKUPS - LOOKUP_THREADS)
        ]
        assert {*await asyncio.gather(*tries)} == {"timeout"}

    await strict.close()

    assert resolver.begun == LOOKUP_THREADS
    assert await _told(strict, "https://late.example.org/") == "no_connection"
