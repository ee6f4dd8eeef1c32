"""Tickets for the WebSocket: one use, thirty seconds, one holder."""

import pytest

from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAuthenticated
from proctor_app.services.tickets import Tickets
from tests.fakes import FakeClock

ANA = Actor("ana", "Ana", Role.STUDENT, "a-login")
EVE = Actor("eve", "Eve", Role.PROCTOR, "a-login")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tickets(clock: FakeClock) -> Tickets:
    return Tickets(clock)


def test_given_a_ticket_then_it_names_whom_and_what_it_was_made_for(tickets: Tickets) -> None:
    holder = tickets.redeem(tickets.issue(EVE, "an-attempt", "ana"))

    assert (holder.actor, holder.attempt_id, holder.user_id) == (EVE, "an-attempt", "ana")


def test_given_a_ticket_was_used_then_it_is_refused(tickets: Tickets) -> None:
    ticket = tickets.issue(ANA, "an-attempt", "ana")
    tickets.redeem(ticket)

    with pytest.raises(NotAuthenticated):
        tickets.redeem(ticket)


@pytest.mark.parametrize(("age_s", "good"), [(29, True), (30, False), (3600, False)])
def test_given_a_ticket_grows_old_then_after_thirty_seconds_it_is_refused(
    tickets: Tickets, clock: FakeClock, age_s: float, good: bool
) -> None:
    ticket = tickets.issue(ANA, "an-attempt", "ana")
    clock.advance(age_s)

    if good:
        assert tickets.redeem(ticket).actor == ANA
    else:
        with pytest.raises(NotAuthenticated):
            tickets.redeem(ticket)


@pytest.mark.parametrize("ticket", ["", "made up", "\ud800", "x" * 10_000])
def test_given_no_ticket_of_ours_then_it_is_refused(tickets: Tickets, ticket: str) -> None:
    with pytest.raises(NotAuthenticated):
        tickets.redeem(ticket)


def test_given_many_tickets_then_each_is_another_and_old_ones_are_forgotten(
    tickets: Tickets, clock: FakeClock
) -> None:
    assert len({tickets.issue(ANA, "an-attempt", "ana") for _ in range(50)}) == 50
    clock.advance(31)

    tickets.issue(ANA, "an-attempt", "ana")

    assert len(tickets._holders) == 1
