"""Pictures and templates at rest: sealed, and out of reach of outside text."""

import uuid
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from proctor_app.errors import NotFound
from proctor_app.services.picture_store import FolderStore
from proctor_app.services.vault import Unreadable, Vault
from tests.fakes import jpeg

OWNER = str(uuid.uuid4())


@pytest.fixture
def vault() -> Vault:
    return Vault(Fernet.generate_key().decode())


@pytest.fixture
def store(tmp_path: Path, vault: Vault) -> FolderStore:
    return FolderStore(tmp_path / "pictures", vault)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_given_a_picture_is_kept_then_it_comes_back_and_lies_there_encrypted(
    store: FolderStore, vault: Vault, tmp_path: Path
) -> None:
    picture = jpeg()

    key = store.put(OWNER, picture)

    (file,) = _files(tmp_path)
    assert key == f"{OWNER}/{file.name}"
    assert picture not in file.read_bytes()
    assert vault.open(file.read_bytes()) == picture == store.get(key)


def test_given_one_picture_kept_twice_then_the_files_differ(
    store: FolderStore, tmp_path: Path
) -> None:
    assert store.put(OWNER, b"same") != store.put(OWNER, b"same")

    first, second = (path.read_bytes() for path in _files(tmp_path))
    assert first != second


def test_given_a_picture_is_deleted_then_it_is_gone_and_may_be_deleted_again(
    store: FolderStore, tmp_path: Path
) -> None:
    key = store.put(OWNER, b"a picture")

    store.delete(key)
    store.delete(key)

    assert _files(tmp_path) == []
    with pytest.raises(NotFound):
        store.get(key)


@pytest.mark.parametrize("owner", ["../../etc", "", "a/b", "x" * 36])
def test_given_an_owner_that_is_no_id_then_nothing_is_written(
    store: FolderStore, tmp_path: Path, owner: str
) -> None:
    with pytest.raises(ValueError, match="UUID"):
        store.put(owner, b"a picture")
    assert _files(tmp_path) == []


@pytest.mark.parametrize("spoilt", [b"", b"garbage", jpeg()])
def test_given_damaged_data_then_it_is_unreadable(vault: Vault, spoilt: bytes) -> None:
    with pytest.raises(Unreadable):
        vault.open(spoilt)


def test_given_another_key_then_the_data_is_unreadable(vault: Vault) -> None:
    sealed = vault.seal(b"a template")

    with pytest.raises(Unreadable):
        Vault(Fernet.generate_key().decode()).open(sealed)
    assert vault.open(sealed) == b"a template"
