"""A whole run over a folder: real models, the promised keys, whatever is wrong told."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.accuracy import main
from proctor_app.vision.analyzer import Analyzer
from tests.accuracy.conftest import ROOT, SHARED_MEDIA, MakeFolder
from tests.vision.loaded import already

Json = dict[str, Any]
CONFUSION = {"tp", "fp", "fn", "tn", "precision", "recall", "false_positive_rate"}
CLIP = {"intervals", "found", "false_alarms", "hours", "delay_s_median"}
IDENTITY = {
    "threshold", "genuine", "impostor", "false_match_rate", "false_non_match_rate", "unverifiable",
}  # fmt: skip


@pytest.fixture(scope="module")
def analyzer() -> Iterator[Analyzer]:
    with closing(Analyzer(ROOT / "models")) as loaded:
        yield loaded


@pytest.fixture
def loaded(analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run finds its models loaded."""
    monkeypatch.setattr("bench.accuracy.Analyzer", already(analyzer))


def run(media: Path, out: Path, *options: str) -> Json:
    assert main([str(media), "--out", str(out), *options]) == 0
    loaded: Json = json.loads((out / "accuracy.json").read_text())
    return loaded


@pytest.fixture
def small(folder: MakeFolder) -> Path:
    manifest: list[object] = [
        {"file": "astronaut.png", "faces_visible": 1, "phone": False, "head": None},
        {"file": "china.jpg", "kind": "image", "faces_visible": 0, "weather": "fine"},
        {"file": "multi_face.jpg", "faces_visible": 5, "phone": "ambiguous"},
        {"file": "broken.png", "faces_visible": 1},
        {"file": "broken.mp4", "faces_visible": 1},
        {"file": "gone.jpg"},
        {"file": "face_noface.mov", "intervals": [{"from_s": 0, "to_s": 0.5, "faces_visible": 1}]},
    ]
    pairs = "a,b,same\nastronaut.png,astronaut.png,1\nastronaut.png,china.jpg,0\n"
    made = folder(
        manifest, "astronaut.png", "china.jpg", "multi_face.jpg", "face_noface.mov", pairs=pairs
    )
    (made / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (made / "broken.mp4").write_bytes(b"....ftyp")
    return made


@pytest.mark.usefixtures("loaded")
def test_a_run_writes_the_promised_keys_and_tells_what_it_left_out(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = run(small, small / "out", "--fps", "2", "--errors")
    for section in ("images", "frames", "combined"):
        assert all(set(rule) == CONFUSION for rule in found[section].values())
    assert all(set(rule) == CLIP for rule in found["clips"].values())
    assert set(found["identity"]) == IDENTITY
    assert found["images"]["face_absent"]["tp"] == 1
    assert found["images"]["face_absent"]["tn"] == 2
    assert found["images"]["multiple_faces"]["recall"] == 1.0
    assert found["identity"]["genuine"] == 1
    assert found["identity"]["unverifiable"] == 1
    assert {problem["file"] for problem in found["problems"]} == {
        "broken.png",
        "broken.mp4",
        "gone.jpg",
    }
    assert "identity.html" in {path.name for path in (small / "out").iterdir()}
    assert "gone.jpg" in capsys.readouterr().out


def test_a_folder_of_pictures_alone_prints_tables_for_the_documentation(
    folder: MakeFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    made = folder([{"file": "astronaut.png", "faces_visible": 1}], "astronaut.png")
    found = run(made, made / "out", "--markdown")
    assert (found["clips"], found["identity"]) == ({}, {})
    assert "| face_absent | 0 in 0 | 1 |" in capsys.readouterr().out


def test_a_folder_without_a_manifest_ends_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.fixture
def shared_part(tmp_path: Path) -> Path:
    """A folder of links to a few of the labelled media, with their own labels."""
    if not SHARED_MEDIA.is_dir():
        pytest.skip("the labelled media beside the repository are not here")
    manifest = json.loads((SHARED_MEDIA / "manifest.json").read_text())
    folders = ("images/absent", "images/multi")
    clips = {"intel_empty_room.gif", "incluit_look_left.mp4", "phone_woman_frontal_holds_phone.mp4"}
    part = [
        item
        for item in manifest
        if item["file"].split("/")[-1] in clips or item["file"].startswith(folders)
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(part))
    for name in ("images", "videos"):
        (tmp_path / name).symlink_to(SHARED_MEDIA / name)
    return tmp_path


@pytest.mark.needs_shared
@pytest.mark.usefixtures("loaded")
def test_a_part_of_the_labelled_media_stays_as_right_as_it_was(shared_part: Path) -> None:
    found = run(shared_part, shared_part / "out", "--fps", "2")
    absent, several = found["combined"]["face_absent"], found["combined"]["multiple_faces"]
    assert (absent["fn"], absent["fp"]) == (0, 0)
    assert (several["fn"], several["fp"]) == (0, 0)
    assert found["combined"]["phone"]["fp"] == 0
    assert found["clips"]["phone"]["found"] == 1
    assert sum(rule["false_alarms"] for rule in found["clips"].values()) == 0
