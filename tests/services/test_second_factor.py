"""The second factor: which codes open, how often, and what switches it on and off."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from proctor_app.db.tables import AuditEntry, Login, User
from proctor_app.errors import (
    Conflict,
    Invalid,
    NotAuthenticated,
    NotFound,
    ProctorError,
    Throttled,
)
from proctor_app.services.second_factor import matching_step
from proctor_app.services.vault import Vault
from proctor_app.settings import resolve_data_key
from tests.world import HOME, PASSWORD, Person, World

STEP_S = 30


def _begin(world: World, person: Person) -> pyotp.TOTP:
    """The authenticator app, once it has been given the secret."""
    made = world.services.second_factor.begin(person.actor)
    return pyotp.TOTP(made.secret.replace(" ", ""))


def _switched_on(world: World, person: Person) -> pyotp.TOTP:
    app = _begin(world, person)
    world.services.second_factor.confirm(person.actor, _code(world, app))
    world.clock.advance(STEP_S)
    return app


def _code(world: World, app: pyotp.TOTP, steps: int = 0) -> str:
    return app.at(world.clock(), counter_offset=steps)


def _wrong(world: World, app: pyotp.TOTP) -> str:
    """Six digits that are no code now."""
    good = {_code(world, app, steps) for steps in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in good)


def _log_in(world: World, person: Person, code: str = "", password: str = PASSWORD) -> str:
    """The code of the refusal, or "let in"."""
    try:
        world.services.logins.log_in(person.email, password, HOME, code)
    except (NotAuthenticated, Throttled) as refused:
        return refused.code
    return "let in"


def _actions(world: World) -> list[str]:
    return [entry.action for entry in world.rows(AuditEntry)]


# --- RFC 6238 ---


@pytest.mark.parametrize(
    ("at_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_given_the_standards_own_examples_then_their_steps_are_found(at_s: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", RFC 6238, appendix B
    now = datetime.fromtimestamp(at_s, UTC)

    assert matching_step(secret, code, now) == at_s // STEP_S
    assert matching_step(secret, "000000", now) is None


# --- setting it up ---


def test_given_a_set_up_then_any_authenticator_can_read_it_and_the_secret_lies_sealed(
    world: World,
) -> None:
    ana = world.person()

    made = world.services.second_factor.begin(ana.actor)

    secret = made.secret.replace(" ", "")
    uri = urlsplit(made.uri)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query) == {"secret": [secret], "issuer": ["Proctor"]}
    assert made.picture.startswith("data:image/svg+xml")
    assert [len(group) for group in made.secret.split(" ")] == [4] * 8
    (row,) = world.rows(User)
    assert row.totp_secret is not None
    assert secret.encode() not in row.totp_secret
    assert Vault(resolve_data_key(world.settings)).open(row.totp_secret) == secret.encode()


def test_given_it_was_begun_but_not_confirmed_then_log_ins_ask_for_nothing(world: World) -> None:
    ana = world.person()
    app = _begin(world, ana)

    with pytest.raises(Invalid) as refused:
        world.services.second_factor.confirm(ana.actor, _wrong(world, app))

    assert refused.value.code == "second_factor_wrong"
    assert _log_in(world, ana) == "let in"
    assert world.services.second_factor.enabled_since(ana.actor) is None


def test_given_a_right_first_code_then_it_is_on_and_recorded(world: World) -> None:
    ana = world.person()
    app = _begin(world, ana)
    code = _code(world, app)

    world.services.second_factor.confirm(ana.actor, f" {code[:3]} {code[3:]} ")

    assert world.services.second_factor.enabled_since(ana.actor) == world.clock()
    assert _actions(world)[-1] == "second_factor.enabled"
    assert _log_in(world, ana) == "second_factor_required"


def test_given_a_new_secret_was_made_meanwhile_then_the_old_ones_codes_confirm_nothing(
    world: World,
) -> None:
    ana = world.person()
    old = _begin(world, ana)
    new = _begin(world, ana)

    with pytest.raises(Invalid):
        world.services.second_factor.confirm(ana.actor, _code(world, old))
    world.services.second_factor.confirm(ana.actor, _code(world, new))


def test_given_it_is_on_then_it_can_be_neither_begun_nor_confirmed_anew(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)
    before = world.rows(User)[0].totp_secret

    for again in (
        lambda: world.services.second_factor.begin(ana.actor),
        lambda: world.services.second_factor.confirm(ana.actor, _code(world, app)),
    ):
        with pytest.raises(Conflict):
            again()
    assert world.rows(User)[0].totp_secret == before


def test_given_nothing_was_begun_then_nothing_can_be_confirmed_or_switched_off(
    world: World,
) -> None:
    ana = world.person()
    factor = world.services.second_factor

    with pytest.raises(Conflict):
        factor.confirm(ana.actor, "123456")
    with pytest.raises(Conflict):
        factor.disable(ana.actor, PASSWORD, "123456")


# --- logging in ---


def test_given_it_is_on_then_password_and_code_together_open_a_session(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)
    before = world.count(Login)

    assert _log_in(world, ana) == "second_factor_required"
    assert _log_in(world, ana, _wrong(world, app)) == "second_factor_wrong"
    assert world.count(Login) == before
    assert _log_in(world, ana, _code(world, app)) == "let in"
    assert world.count(Login) == before + 1


def test_given_a_wrong_password_then_nothing_is_said_of_a_second_factor(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)

    for code in ("", _code(world, app), _wrong(world, app)):
        assert _log_in(world, ana, code, "a wrong phrase") == "credentials_wrong"
    assert _log_in(world, ana, _code(world, app)) == "let in"  # not used up by those


@pytest.mark.parametrize(
    ("steps", "answer"),
    [
        (-2, "second_factor_wrong"),
        (-1, "let in"),
        (0, "let in"),
        (1, "let in"),
        (2, "second_factor_wrong"),
    ],
)
def test_given_a_code_of_another_time_then_one_step_to_either_side_is_accepted(
    world: World, steps: int, answer: str
) -> None:
    ana = world.person()
    app = _switched_on(world, ana)
    world.clock.advance(10 * STEP_S)

    assert _log_in(world, ana, _code(world, app, steps)) == answer


def test_given_a_code_was_used_then_neither_it_nor_an_older_one_opens_again(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)
    world.clock.advance(10 * STEP_S)
    assert _log_in(world, ana, _code(world, app)) == "let in"

    assert _log_in(world, ana, _code(world, app)) == "second_factor_wrong"
    assert _log_in(world, ana, _code(world, app, -1)) == "second_factor_wrong"
    assert _log_in(world, ana, _code(world, app, 1)) == "let in"


def test_given_the_code_that_switched_it_on_then_it_does_not_log_in(world: World) -> None:
    ana = world.person()
    app = _begin(world, ana)
    world.services.second_factor.confirm(ana.actor, _code(world, app))

    assert _log_in(world, ana, _code(world, app)) == "second_factor_wrong"


def test_given_one_code_by_many_at_once_then_one_gets_in(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)
    code = _code(world, app)
    together = threading.Barrier(5)

    def enter() -> str:
        together.wait(10)
        return _log_in(world, ana, code)

    with ThreadPoolExecutor(5) as pool:
        answers = [one.result() for one in [pool.submit(enter) for _ in range(5)]]

    assert sorted(answers) == ["let in"] + ["second_factor_wrong"] * 4


@pytest.mark.parametrize(
    "code",
    ["12345", "1234567", "abcdef", "\uff11\uff12\uff13\uff14\uff15\uff16", "-12345", "\x00" * 6],
)
def test_given_something_that_is_no_code_then_it_is_wrong_and_nothing_breaks(
    world: World, code: str
) -> None:
    ana = world.person()
    _switched_on(world, ana)

    assert _log_in(world, ana, code) == "second_factor_wrong"


def test_given_many_wrong_codes_then_even_the_right_one_has_to_wait(world: World) -> None:
    ana, ben = world.person(), world.person()
    apps = [_switched_on(world, one) for one in (ana, ben)]
    for _ in range(10):
        assert _log_in(world, ana, _wrong(world, apps[0])) == "second_factor_wrong"

    assert _log_in(world, ana, _code(world, apps[0])) == "throttled"
    assert _log_in(world, ben, _code(world, apps[1])) == "let in"


def test_given_many_good_log_ins_then_they_do_not_count_as_wrong_codes(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)

    for _ in range(12):
        assert _log_in(world, ana, _code(world, app)) == "let in"
        world.clock.advance(STEP_S)


# --- switching it off ---


def test_given_both_factors_then_it_is_switched_off_and_recorded(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)

    world.services.second_factor.disable(ana.actor, PASSWORD, _code(world, app))

    (row,) = world.rows(User)
    assert (row.totp_secret, row.totp_enabled_at, row.totp_last_step) == (None, None, None)
    assert _actions(world)[-1] == "second_factor.disabled"
    assert _log_in(world, ana) == "let in"


Spoil = Callable[[World, pyotp.TOTP], tuple[str, str]]


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda world, app: ("a wrong phrase", _code(world, app)), "password_wrong"),
        (lambda world, app: (PASSWORD, _wrong(world, app)), "second_factor_wrong"),
        (lambda world, app: (PASSWORD, ""), "second_factor_wrong"),
        (lambda world, app: (PASSWORD, _code(world, app, -1)), "second_factor_wrong"),
    ],
)
def test_given_one_factor_is_wrong_then_it_stays_on(world: World, spoil: Spoil, code: str) -> None:
    ana = world.person()
    app = _switched_on(world, ana)  # with the code of the step before

    with pytest.raises(Invalid) as refused:
        world.services.second_factor.disable(ana.actor, *spoil(world, app))

    assert refused.value.code == code
    assert _log_in(world, ana) == "second_factor_required"


def test_given_guesses_at_the_own_password_when_switching_off_then_they_are_throttled(
    world: World,
) -> None:
    ana = world.person()
    app = _switched_on(world, ana)
    codes = []
    for _ in range(11):
        with pytest.raises(ProctorError) as refused:
            world.services.second_factor.disable(ana.actor, "a wrong phrase", _code(world, app))
        codes.append(refused.value.code)

    assert codes == ["password_wrong"] * 10 + ["throttled"]
    assert _log_in(world, ana, _code(world, app)) == "throttled"  # one count for all its uses


def test_given_a_log_in_elsewhere_when_it_is_switched_on_then_only_the_one_at_hand_goes_on(
    world: World,
) -> None:
    ana, ben = world.person(), world.person()
    elsewhere = world.services.logins.log_in(ana.email, PASSWORD, HOME).token

    _switched_on(world, ana)

    with pytest.raises(NotAuthenticated):
        world.services.logins.authenticate(elsewhere)
    for token in (ana.token, ben.token):
        world.services.logins.authenticate(token)
    assert world.rows(AuditEntry)[-1].detail == '{"ended": 1}'


def test_given_wrong_codes_at_the_door_then_each_is_noted_and_no_other(world: World) -> None:
    ana = world.person()
    app = _switched_on(world, ana)
    _log_in(world, ana)
    _log_in(world, ana, _code(world, app))
    assert "second_factor.failed" not in _actions(world)

    for _ in range(12):
        _log_in(world, ana, _wrong(world, app))

    failed = [row for row in world.rows(AuditEntry) if row.action == "second_factor.failed"]
    assert [(row.actor_id, row.subject_id) for row in failed] == [("", ana.id)] * 10
    assert world.services.audit.verify().problem == ""


def test_given_the_account_was_closed_meanwhile_then_nothing_is_set_up(world: World) -> None:
    ana, ben = world.person(), world.person()
    app = _begin(world, ana)
    for one in (ana, ben):
        with world.database.write() as session:
            session.get_one(User, one.id).disabled_at = world.clock()
    factor = world.services.second_factor

    for attempt in (
        lambda: factor.confirm(ana.actor, _code(world, app)),
        lambda: factor.begin(ben.actor),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert {row.totp_enabled_at for row in world.rows(User)} == {None}
    assert next(row for row in world.rows(User) if row.id == ben.id).totp_secret is None
