import os
import unicodedata
from pathlib import Path

import pytest

from keras_ean.data.tree import find_images


def names(tree) -> dict[str, dict[str, list[str]]]:
    return {
        split: {name: [path.name for path in paths] for name, paths in classes.items()}
        for split, classes in tree.files.items()
    }


def test_classes_without_splits(folder):
    tree = find_images(folder({"dog": 2, "cat": 1}))
    assert names(tree) == {"": {"cat": ["0.png"], "dog": ["0.png", "1.png"]}}
    assert tree.skipped == []


@pytest.mark.parametrize("test", ["test", "Testing"])
@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_splits_by_their_usual_names(folder, test, validation):
    tree = find_images(folder({"train/cat": 1, f"{validation}/cat": 2, f"{test}/cat": 3}))
    assert {split: len(classes["cat"]) for split, classes in tree.files.items()} == {
        "train": 1,
        "validation": 2,
        "test": 3,
    }


def test_folders_inside_a_class_belong_to_it(folder):
    root = folder({"cat": 1, "cat/siamese": 2, "dog": 1})
    assert names(find_images(root))[""]["cat"] == ["0.png", "0.png", "1.png"]


def test_other_files_are_reported(folder, draw):
    root = folder({"train/cat": 1, "extra/cat": 1})
    (root / "train/cat/notes.txt").write_text("no image")
    (root / "train/.DS_Store").write_text("")
    (root / "readme.md").write_text("")
    (root / "train/labels.csv").write_text("")
    (root / "train/cat/gone.png").symlink_to("nowhere.png")
    os.mkfifo(root / "train/cat/pipe.png")
    tree = find_images(root)
    assert names(tree) == {"train": {"cat": ["0.png"]}}
    assert {line.removeprefix(f"{root}/") for line in tree.skipped} == {
        "train/cat/notes.txt: no image by its name",
        "train/.DS_Store: hidden",
        "readme.md: beside the splits",
        "train/labels.csv: beside the classes",
        "extra: no split (known: train, training, val, valid, validation, test, testing)",
        "train/cat/gone.png: broken link",
        "train/cat/pipe.png: neither file nor folder",
    }


def test_a_loop_of_links_ends(folder):
    root = folder({"cat": 2, "dog": 1})
    (root / "cat/again").symlink_to(root, target_is_directory=True)
    (root / "cat/self").symlink_to(root / "cat", target_is_directory=True)
    tree = find_images(root)
    assert names(tree)[""]["cat"] == ["0.png", "1.png"]
    assert tree.skipped == [f"{root}/cat/{link}: link to a folder above it" for link in ("again", "self")]


def test_a_linked_class_is_read(folder, tmp_path, draw):
    draw(tmp_path / "elsewhere/0.png")
    root = folder({"cat": 1})
    (root / "dog").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    assert names(find_images(root))[""]["dog"] == ["0.png"]


def test_images_outside_a_class_are_refused_by_name(folder, draw):
    root = folder({"train/cat": 1})
    draw(root / "train/stray.jpg")
    with pytest.raises(ValueError, match=r"stray\.jpg is in no class folder \(1 such"):
        find_images(root)


def test_no_class_folders(tmp_path):
    with pytest.raises(ValueError, match="has no class folders"):
        find_images(tmp_path)


def test_two_folders_for_one_split(folder):
    with pytest.raises(ValueError, match="two folders for the validation split"):
        find_images(folder({"train/cat": 1, "val/cat": 1, "valid/cat": 1}))


def test_a_folder_that_cannot_be_listed_is_named(folder, monkeypatch):
    root, scandir = folder({"cat": 1, "dog": 1}), os.scandir

    def denied(path):
        if Path(path).name == "dog":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(PermissionError, match="dog"):
        find_images(root)


def test_one_class_in_two_forms_of_unicode(folder, draw):
    root = folder({"Birnen": 2})
    for form in ("NFC", "NFD"):
        draw(root / unicodedata.normalize(form, "Äpfel") / f"{form}.png")
    assert {name: len(files) for name, files in find_images(root).files[""].items()} == {"Birnen": 2, "Äpfel": 2}


def test_a_split_without_labels_is_not_used(folder, draw):
    root = folder({"train/cat": 2, "train/dog": 2})
    draw(root / "test" / "1.png")
    tree = find_images(root)
    assert set(tree.files) == {"train"}
    assert tree.unlabelled == [f"{root / 'test'}: not used, since its 1 files are in no class folders"]


def test_what_an_archive_brings_along_is_no_class(folder):
    root = folder({"cat": 2, "dog": 2, "__MACOSX/cat": 1})
    assert set(find_images(root).files[""]) == {"cat", "dog"}


@pytest.mark.parametrize("ending", ["jfif", "jpe", "JPG", "pbm", "avif"])
def test_endings_of_images(folder, ending):
    root = folder({"cat": 1, "dog": 1})
    (root / "cat" / "0.png").rename(root / "cat" / f"0.{ending}")
    assert len(find_images(root).files[""]["cat"]) == 1
