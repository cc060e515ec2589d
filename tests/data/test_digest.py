"""What tells one set of images from another."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from keras_ean.data import CentreCrop, Split
from keras_ean.data.digest import digest, split_digest
from keras_ean.data.files import Encoded, Ragged
from keras_ean.data.tfrecord import Record

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 8, 8, 1), "uint8")
LABELS = np.arange(7, dtype="int32") % 3


def test_digests_hold_values_types_shapes_and_order():
    x = np.arange(6.0)
    others = [x + 1, x.astype("float32"), x.reshape(2, 3), x[::-1]]
    assert len({digest([array]) for array in (x, *others)}) == 5
    assert digest([x, x]) != digest([x])
    assert digest([x[::2]]) == digest([x[::2].copy()])


def test_a_split_in_memory_is_its_pixels_its_labels_and_its_preparation():
    split, order = Split(PIXELS, LABELS), np.array([0, 2, 1, 3, 4, 5, 6])
    last = PIXELS.copy()
    last[-1, -1, -1] ^= 1
    others = [
        Split(last, LABELS),
        Split(PIXELS, LABELS[::-1]),
        split.take(order),
        split.take(order[:-1]),
        replace(split, mean=(0.5,), normalize=True),
        replace(split, prepare=CentreCrop((6, 6))),
    ]
    assert len({split_digest(one) for one in (split, *others)}) == len(others) + 1
    assert split_digest(Split(PIXELS.copy(), LABELS.copy())) == split_digest(split)
    assert split_digest(split.take(order).take(order)) == split_digest(split)


@pytest.fixture
def folder(tmp_path):
    for label, name in enumerate(("cat", "dog")):
        (tmp_path / name).mkdir()
        for index in range(10):
            Image.fromarray(PIXELS[index % 7, ..., 0] // (label + 1)).save(tmp_path / name / f"{index}.png")
    return tmp_path


def test_files_are_known_by_names_and_sizes_and_not_decoded(folder, monkeypatch):
    def split():
        return Split(Encoded(sorted(folder.rglob("*.png")), 1, True), np.arange(20) // 10).take(np.arange(19, 0, -1))

    truth, decoded = split_digest(split()), []
    read = Encoded.__getitem__
    monkeypatch.setattr(Encoded, "__getitem__", lambda self, rows: decoded.append(len(rows)) or read(self, rows))
    assert split_digest(split()) == truth
    assert decoded == [1]
    folder = folder.rename(folder.with_name("moved"))
    assert split_digest(split()) == truth
    path = folder / "dog" / "0.png"
    path.write_bytes(path.read_bytes() + b"0")
    assert split_digest(split()) != truth


def test_records_are_known_by_their_places(tmp_path):
    file = tmp_path / "some.tfrecord"
    Image.fromarray(PIXELS[0, ..., 0]).save(tmp_path / "image.png")
    content = (tmp_path / "image.png").read_bytes()

    class Placed(Record):
        def read_bytes(self):
            return content

    def split(offset):
        return Split(Encoded([Placed(file, place + offset, 90, "image") for place in range(3)], 1, True), LABELS[:3])

    assert split_digest(split(0)) == split_digest(split(0))
    assert split_digest(split(0)) != split_digest(split(1))


def test_images_of_other_classes_are_read_once():
    asked = []

    class Counted:
        def __len__(self):
            return 7

        def __getitem__(self, rows):
            asked.append(len(rows))
            return PIXELS[rows]

    assert split_digest(Split(Counted(), LABELS)) == split_digest(Split(PIXELS, LABELS))
    assert sorted(asked) == [1, 7]
    changed = [*PIXELS[:-1], PIXELS[-1] ^ 1]
    assert split_digest(Split(Ragged(list(PIXELS)), LABELS)) != split_digest(Split(Ragged(changed), LABELS))
