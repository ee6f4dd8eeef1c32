"""Templates reach the signals of their own candidate, and a bad one stops no exam."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from cryptography.fernet import Fernet

from proctor_app.db.migrations import upgrade
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import User
from proctor_app.services.profiles import Profiles
from proctor_app.services.vault import Vault
from proctor_app.vision.models.identity import MODEL

TEMPLATE = tuple(round(0.01 * n - 0.64, 2) for n in range(128))


def packed(*templates: tuple[float, ...]) -> bytes:
    return np.asarray(templates, np.float64).tobytes()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'test.db'}")
    upgrade(opened.engine)
    yield opened
    opened.close()


@pytest.fixture
def vault() -> Vault:
    return Vault(Fernet.generate_key().decode())


def enrol(database: Database, sealed: bytes | None, model: str = MODEL) -> None:
    user = User(
        id="u1",
        email="ada@example.org",
        name="Ada",
        password_hash="x",
        role="student",
        created_at=datetime(2026, 3, 2, tzinfo=UTC),
        face_template=sealed,
        face_model=model,
    )
    with database.write() as session:
        Users(session).add(user)


def test_an_accounts_template_comes_back_as_it_was_sealed(database: Database, vault: Vault) -> None:
    enrol(database, vault.seal(packed(TEMPLATE)))
    assert Profiles(database, vault).of("u1").enrolled == (TEMPLATE,)


def test_several_templates_of_one_account_all_come_back(database: Database, vault: Vault) -> None:
    other = tuple(reversed(TEMPLATE))
    enrol(database, vault.seal(packed(TEMPLATE, other)))
    assert Profiles(database, vault).of("u1").enrolled == (TEMPLATE, other)


def test_an_unknown_account_and_one_without_a_face_have_none(
    database: Database, vault: Vault
) -> None:
    enrol(database, None)
    profiles = Profiles(database, vault)
    assert profiles.of("u1").enrolled == profiles.of("nobody").enrolled == ()


def test_a_template_of_another_network_is_not_compared(database: Database, vault: Vault) -> None:
    enrol(database, vault.seal(packed(TEMPLATE)), model="another network")
    assert Profiles(database, vault).of("u1").enrolled == ()


@pytest.mark.parametrize("damage", ["other key", "cut"])
def test_a_template_that_cannot_be_read_leaves_identity_unjudged(
    database: Database, vault: Vault, damage: str
) -> None:
    sealer = Vault(Fernet.generate_key().decode()) if damage == "other key" else vault
    data = packed(TEMPLATE)[:-3] if damage == "cut" else packed(TEMPLATE)
    enrol(database, sealer.seal(data))
    assert Profiles(database, vault).of("u1").enrolled == ()
