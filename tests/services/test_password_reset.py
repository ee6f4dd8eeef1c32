"""A forgotten password: by a link that is good once, briefly, and only here."""

import logging
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from proctor_app.db.tables import AuditEntry, PasswordReset, User
from proctor_app.domain.access import Role
from proctor_app.errors import Invalid, NotAuthenticated, Throttled
from proctor_app.services.mail import MailFailed
from proctor_app.services.password_reset import LINK_LASTS
from tests.world import HOME, PASSWORD, Person, World, build, eventually_in_thread

NEW = "a quite different phrase"
HERE = "http://localhost:8080"


def _opens(world: World, email: str, password: str) -> bool:
    try:
        world.services.logins.log_in(email, password, HOME)
    except NotAuthenticated:
        return False
    return True


def _is_open(world: World, person: Person) -> bool:
    try:
        world.services.logins.authenticate(person.token)
    except NotAuthenticated:
        return False
    return True


def _asked(world: World, email: str, here: str = HERE) -> None:
    """Ask for a link, and wait until the errand is done."""
    world.services.passwords.forgot(email, here, HOME.address)
    _done(world)


def _done(world: World) -> None:
    """Wait until every errand is done."""
    world.services.passwords._errands.submit(lambda: None).result(10)


def _token(world: World, person: Person) -> str:
    """The token of a fresh link to somebody."""
    _asked(world, person.email)
    return world.mailer.sent[-1].text.split("#token=")[1].split()[0]


def _last_entry(world: World) -> tuple[str, str, str]:
    """Of all but log-ins."""
    entry = [one for one in world.rows(AuditEntry) if one.action != "user.login"][-1]
    return entry.action, entry.actor_id, entry.subject_id


def test_given_a_known_email_then_a_link_is_sent_whose_digest_alone_is_kept(world: World) -> None:
    ana = world.person()

    _asked(world, ana.email.upper())

    (mail,) = world.mailer.sent
    assert mail.to == ana.email
    token = mail.text.split(f"{HERE}/reset-password#token=")[1].split()[0]
    assert len(token) >= 43  # 256 bits
    (row,) = world.rows(PasswordReset)
    assert token not in repr(row)
    assert row.expires_at == world.clock() + timedelta(minutes=30)
    assert _last_entry(world) == ("password.reset_asked", "", ana.id)


def test_given_nobody_of_that_email_then_nothing_is_sent_or_kept(world: World) -> None:
    ana = world.person()
    with world.database.write() as session:
        session.get_one(User, ana.id).disabled_at = world.clock()

    for email in ("nobody@example.test", "nobody", "", "a\x00@example.test", ana.email):
        _asked(world, email)

    assert world.mailer.sent == []
    assert world.rows(PasswordReset) == []


def test_given_a_link_then_it_sets_the_password_once_and_ends_every_session(world: World) -> None:
    ana, ben = world.person(), world.person()
    token = _token(world, ana)

    world.services.passwords.reset(token, NEW, HOME.address)

    assert (_opens(world, ana.email, PASSWORD), _opens(world, ana.email, NEW)) == (False, True)
    assert (_is_open(world, ana), _is_open(world, ben)) == (False, True)
    assert _last_entry(world) == ("password.reset", "", ana.id)
    with pytest.raises(Invalid) as refused:
        world.services.passwords.reset(token, PASSWORD, HOME.address)
    assert refused.value.code == "link_invalid"


def test_given_one_link_used_twice_at_once_then_one_password_is_set(world: World) -> None:
    ana = world.person()
    token = _token(world, ana)
    together = threading.Barrier(2)

    def use(new: str) -> str:
        together.wait(10)
        try:
            world.services.passwords.reset(token, new, HOME.address)
        except Invalid as refused:
            return refused.code
        return "set"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(use, (NEW, "yet another phrase")))

    assert sorted(outcomes) == ["link_invalid", "set"]


def test_given_an_unfit_password_then_the_link_stays_good(world: World) -> None:
    ana = world.person()
    token = _token(world, ana)

    with pytest.raises(Invalid) as refused:
        world.services.passwords.reset(token, "password", HOME.address)
    assert refused.value.code == "password_common"

    world.services.passwords.reset(token, NEW, HOME.address)
    assert _opens(world, ana.email, NEW)


def test_given_the_time_passes_then_the_link_is_good_for_30_minutes(world: World) -> None:
    ana = world.person()
    token = _token(world, ana)
    world.clock.advance(LINK_LASTS.total_seconds())

    with pytest.raises(Invalid) as refused:
        world.services.passwords.reset(token, NEW, HOME.address)
    assert refused.value.code == "link_invalid"

    fresh = _token(world, ana)
    world.clock.advance(LINK_LASTS.total_seconds() - 1)
    world.services.passwords.reset(fresh, NEW, HOME.address)


def _newer_link(world: World, ana: Person) -> None:
    _token(world, ana)


def _password_changed(world: World, ana: Person) -> None:
    world.services.passwords.change(ana.actor, PASSWORD, "yet another phrase")


def _account_disabled(world: World, ana: Person) -> None:
    with world.database.write() as session:
        session.get_one(User, ana.id).disabled_at = world.clock()


@pytest.mark.parametrize("event", [_newer_link, _password_changed, _account_disabled])
def test_given_something_newer_then_an_older_link_is_void(
    world: World, event: Callable[[World, Person], None]
) -> None:
    ana = world.person()
    token = _token(world, ana)
    event(world, ana)

    with pytest.raises(Invalid) as refused:
        world.services.passwords.reset(token, NEW, HOME.address)

    assert refused.value.code == "link_invalid"


@pytest.mark.parametrize("token", ["", "garbage", "\x00", "\ud800", "x" * 200])
def test_given_a_token_that_was_never_made_then_it_is_refused(world: World, token: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.services.passwords.reset(token, NEW, HOME.address)
    assert refused.value.code == "link_invalid"


def test_given_many_requests_for_one_account_then_no_more_than_five_mails_an_hour(
    world: World,
) -> None:
    ana, ben = world.person(), world.person()
    for _ in range(7):
        _asked(world, ana.email)
    _asked(world, ben.email)

    assert [mail.to for mail in world.mailer.sent] == [ana.email] * 5 + [ben.email]


def test_given_many_requests_from_one_address_then_it_is_throttled(world: World) -> None:
    for _ in range(20):
        world.services.passwords.forgot("nobody@example.test", HERE, HOME.address)

    with pytest.raises(Throttled):
        world.services.passwords.forgot("nobody@example.test", HERE, HOME.address)
    world.services.passwords.forgot("nobody@example.test", HERE, "192.0.2.1")
    _done(world)


def test_given_a_mail_server_that_hangs_then_whoever_asks_is_not_kept_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = world.person()
    hanging, asked = threading.Event(), threading.Event()

    def hang(_mail: object) -> None:
        asked.set()
        hanging.wait(10)

    monkeypatch.setattr(world.mailer, "send", hang)
    for _ in range(3):  # the answer comes although the first errand is still on its way
        world.services.passwords.forgot(ana.email, HERE, HOME.address)
    assert asked.wait(10)
    hanging.set()
    _done(world)


@pytest.mark.parametrize("failure", [MailFailed("ConnectionRefusedError"), ZeroDivisionError()])
def test_given_the_mail_fails_then_the_log_says_so_without_naming_anybody(
    world: World, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    ana = world.person()
    world.mailer.failure = failure

    with caplog.at_level(logging.ERROR):
        _asked(world, ana.email)
        eventually_in_thread(lambda: "mail." in caplog.text)

    assert re.search(r"mail\.(not_sent|failed)", caplog.text)
    assert ana.email not in caplog.text
    assert "token=" not in caplog.text


# --- where links lead ---


def test_given_a_forged_host_then_no_link_is_made_and_the_operator_is_told_what_to_set(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    ana = world.person()

    with caplog.at_level(logging.ERROR):
        _asked(world, ana.email, "http://evil.example")

    assert world.mailer.sent == []
    assert "PROCTOR_PUBLIC_URL" in caplog.text


def test_given_a_public_url_then_links_lead_there_whatever_host_was_asked_for(
    world: World, database_url: str, tmp_path: Path
) -> None:
    public = build(tmp_path, database_url, PROCTOR_PUBLIC_URL="https://exams.example.org")
    ana = public.person(Role.ADMIN)

    _asked(public, ana.email, "http://evil.example")
    public.database.close()

    assert "https://exams.example.org/reset-password#token=" in public.mailer.sent[0].text
    assert "evil.example" not in public.mailer.sent[0].text
