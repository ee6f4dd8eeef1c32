"""When a message is tried again, and how it is signed."""

import hashlib
import hmac
from http.client import HTTPConnection
from http.server import HTTPServer

import pytest

from examples.webhook_receiver import Inbox, handler
from proctor_app.domain.webhook import backoff_s, signature


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 5), (2, 10), (3, 20), (9, 1280), (10, 2560), (11, 3600), (900, 3600)]
)
def test_given_tries_then_each_wait_is_twice_the_last_up_to_an_hour(
    tries: int, seconds: float
) -> None:
    assert backoff_s(tries, 0.5) == pytest.approx(seconds)
    assert backoff_s(tries, 0.0) == pytest.approx(0.8 * seconds)
    assert backoff_s(tries, 1.0) == pytest.approx(1.2 * seconds)


@pytest.mark.parametrize(
    ("asked_s", "seconds"), [(60.0, 60.0), (1.0, 5.0), (-9.0, 5.0), (1e9, 3600.0), (None, 5.0)]
)
def test_given_a_receiver_that_asks_for_time_then_it_gets_so_much_and_no_more_than_an_hour(
    asked_s: float | None, seconds: float
) -> None:
    assert backoff_s(1, 0.5, asked_s) == pytest.approx(seconds)


def test_given_a_body_then_its_signature_covers_the_id_and_the_time_as_well() -> None:
    mac = hmac.new(b"whsec_x", b'a-1.1772442000.{"id":1}', hashlib.sha256).hexdigest()
    assert signature("whsec_x", "a-1", 1772442000, b'{"id":1}') == f"v1={mac}"
    assert signature("whsec_x", "a-2", 1772442000, b'{"id":1}') != f"v1={mac}"
    assert signature("whsec_x", "a-1", 1772442001, b'{"id":1}') != f"v1={mac}"
    assert signature("whsec_y", "a-1", 1772442000, b'{"id":1}') != f"v1={mac}"


@pytest.mark.parametrize(
    ("length", "status"), [("-1", 400), ("two", 400), ("", 400), ("65537", 413), ("0", 401)]
)
def test_given_a_length_that_makes_no_sense_then_the_example_refuses_it(
    length: str, status: int
) -> None:
    server = HTTPServer(("127.0.0.1", 0), handler(Inbox("whsec_x", lambda _message: None)))
    server.timeout = 5
    asking = HTTPConnection("127.0.0.1", server.server_port, timeout=5)
    asking.putrequest("POST", "/")
    asking.putheader("Content-Length", length)
    asking.putheader("Connection", "close")
    asking.endheaders()
    server.handle_request()
    assert asking.getresponse().status == status
    asking.close()
    server.server_close()
