"""A folder of labels is read whatever is missing or wrong in it."""

from pathlib import Path

import pytest

from bench.labels import FolderUnusable, Item, load
from tests.accuracy.conftest import MakeFolder


def test_an_item_without_any_label_is_still_an_item(folder: MakeFolder) -> None:
    manifest = load(folder([{"file": "astronaut.png"}], "astronaut.png"))
    (item,) = manifest.items
    assert (item.kind, item.spans, manifest.problems) == ("image", (), ())


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ({"file": "a.gif"}, "video"),
        ({"file": "a.webp"}, "image"),
        ({"file": "a.bin", "kind": "video"}, "video"),
        ({"file": "a.gif", "kind": "image"}, "image"),
    ],
)
def test_the_manifest_names_the_kind_and_otherwise_the_file_does(
    folder: MakeFolder, entry: dict[str, str], kind: str
) -> None:
    made = folder([entry])
    (made / entry["file"]).touch()
    assert [item.kind for item in load(made).items] == [kind]


def test_unusable_items_and_intervals_are_told_and_the_rest_is_kept(folder: MakeFolder) -> None:
    manifest = [
        "no item",
        {"kind": "image"},
        {"file": "notes.txt"},
        {"file": "gone.png"},
        {"file": "astronaut.png", "kind": "image", "intervals": "none"},
        {
            "file": "single_face.mp4",
            "intervals": [
                {"from_s": 2, "to_s": 1},
                {"to_s": 1},
                {"from_s": "0", "to_s": 1},
                {"from_s": True, "to_s": 2},
                "later",
                {"from_s": 0, "to_s": 1.5, "head": "left", "mood": 3},
            ],
        },
    ]
    found = load(folder(manifest, "astronaut.png", "single_face.mp4"))
    assert [item.file for item in found.items] == ["astronaut.png", "single_face.mp4"]
    (span,) = found.items[1].spans
    assert (span.from_s, span.to_s, span.labels) == (0.0, 1.5, {"head": "left", "mood": 3})
    assert len(found.problems) == 4 + 1 + 5


@pytest.mark.parametrize("text", ["", "{}", "not json", '"a"'])
def test_a_folder_without_a_list_of_items_is_unusable(folder: MakeFolder, text: str) -> None:
    with pytest.raises(FolderUnusable):
        load(folder(text))


def test_a_folder_without_a_manifest_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(FolderUnusable, match=r"manifest\.json"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("labels", "source"),
    [
        ({"source": "somebody/set data/1.jpg@abc"}, "somebody/set"),
        ({"source": ""}, "images/faces"),
        ({"source": 3}, "images/faces"),
        ({}, "images/faces"),
    ],
)
def test_a_source_is_its_first_word_or_else_the_folder(
    labels: dict[str, object], source: str
) -> None:
    assert Item("images/faces/a.jpg", Path("a.jpg"), "image", labels).source == source
