"""How many may stand at the WebSocket's door."""

from contextlib import ExitStack

import pytest

from proctor_app.api.ws_doorway import MAX_OF_ONE_ADDRESS, MAX_WAITING, CrowdedDoorway, Doorway


def test_given_as_many_of_one_address_as_may_wait_then_only_others_come_in() -> None:
    doorway = Doorway()
    with ExitStack() as waiting:
        for _ in range(MAX_OF_ONE_ADDRESS):
            waiting.enter_context(doorway.waits("192.0.2.1"))
        with pytest.raises(CrowdedDoorway), doorway.waits("::ffff:192.0.2.1"):
            pass
        with doorway.waits("192.0.2.2"):
            assert doorway.waiting == MAX_OF_ONE_ADDRESS + 1

    assert doorway.waiting == 0
    with doorway.waits("192.0.2.1"):
        assert doorway.waiting == 1


def test_given_addresses_of_one_ipv6_network_then_they_are_one() -> None:
    doorway = Doorway()
    with ExitStack() as waiting:
        for number in range(MAX_OF_ONE_ADDRESS):
            waiting.enter_context(doorway.waits(f"2001:db8::{number:x}"))
        with pytest.raises(CrowdedDoorway), doorway.waits("2001:db8::ffff"):
            pass
        with doorway.waits("2001:db8:0:1::1"):
            pass


def test_given_many_addresses_then_all_together_are_bounded_too() -> None:
    doorway = Doorway()
    with ExitStack() as waiting:
        for number in range(MAX_WAITING):
            waiting.enter_context(doorway.waits(f"198.51.{number // 250}.{number % 250}"))
        with pytest.raises(CrowdedDoorway), doorway.waits("192.0.2.1"):
            pass
    assert doorway.waiting == 0
