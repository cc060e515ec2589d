"""Where the images of a folder are: root/split/class/… or root/class/…"""

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SPLITS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
JPEG = {".jfif", ".jif", ".jpe", ".jpeg", ".jpg"}
SUFFIXES = JPEG | {".avif", ".bmp", ".gif", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tga", ".tif", ".tiff", ".webp"}
LITTER = ("__MACOSX",)
"""Folders that archives bring along."""


@dataclass
class Tree:
    """The image files of a folder by split and class, and what was passed over.

    `files[split][class_name]` are paths; the split is "train", "validation" or "test", or "" if there are none. Class
    names are in Unicode's composed form, whatever the file system writes. `unlabelled` are splits without classes.
    """

    files: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    unlabelled: list[str] = field(default_factory=list)


def find_images(root: Path) -> Tree:
    """The image files below `root`, sorted, so the same on every machine.

    Raises:
        ValueError: There are no class folders, or images beside them.
        PermissionError: A folder cannot be listed.
    """
    tree = Tree()
    folders, loose = _listing(root, tree)
    names = {SPLITS.get(folder.name.lower()) for folder in folders}
    if "train" not in names:
        tree.files[""] = _classes(root, folders, loose, tree)
        return tree
    tree.skipped += [f"{path}: beside the splits" for path in loose]
    for folder in folders:
        split = SPLITS.get(folder.name.lower())
        if split is None:
            tree.skipped.append(f"{folder}: no split (known: {', '.join(SPLITS)})")
        elif split in tree.files:
            raise ValueError(f"{root} has two folders for the {split} split; keep one of them.")
        else:
            inner, files = _listing(folder, tree)
            if split != "train" and not inner:
                tree.unlabelled.append(f"{folder}: not used, since its {len(files)} files are in no class folders")
            else:
                tree.files[split] = _classes(folder, inner, files, tree)
    return tree


def _listing(folder: Path, tree: Tree) -> tuple[list[Path], list[Path]]:
    """Sub-folders and files, without hidden ones."""
    folders, files = [], []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name in LITTER:
                tree.skipped.append(f"{path}: hidden")
            elif entry.is_dir():
                folders.append(path)
            elif entry.is_file():
                files.append(path)
            else:
                tree.skipped.append(f"{path}: {'broken link' if entry.is_symlink() else 'neither file nor folder'}")
    return folders, files


def _classes(root: Path, folders: list[Path], loose: list[Path], tree: Tree) -> dict[str, list[Path]]:
    images = [path for path in loose if path.suffix.lower() in SUFFIXES]
    if images:
        raise ValueError(
            f"{images[0]} is in no class folder ({len(images)} such file(s)); the layout is "
            "root/class/image or root/train/class/image, root/test/class/image."
        )
    tree.skipped += [f"{path}: beside the classes" for path in loose]
    if not folders:
        raise ValueError(f"{root} has no class folders; the layout is root/class/image or root/split/class/image.")
    classes: dict[str, list[Path]] = {}
    for folder in folders:
        # macOS writes "Ä" as two characters, others as one.
        name = unicodedata.normalize("NFC", folder.name)
        classes.setdefault(name, []).extend(_walk(folder, (root.resolve(),), tree))
    return classes


def _walk(folder: Path, above: tuple[Path, ...], tree: Tree) -> Iterator[Path]:
    """Image files at any depth; a link back to a folder above ends there."""
    real = folder.resolve()
    if real in above:
        tree.skipped.append(f"{folder}: link to a folder above it")
        return
    folders, files = _listing(folder, tree)
    for path in files:
        if path.suffix.lower() in SUFFIXES:
            yield path
        else:
            tree.skipped.append(f"{path}: no image by its name")
    for inner in folders:
        yield from _walk(inner, (*above, real), tree)
