"""Changed photos are told by their names."""

import pytest
from rich.console import Console

from keras_ean.run import Run, load_config
from tests.run.photos import write_photos


def test_changed_photos_are_told_by_name(tmp_path):
    photos = write_photos(tmp_path / "photos")
    config = load_config(photos)

    def read():
        return Run(tmp_path / "run", config, Console(quiet=True)).data

    assert len(read().test) == 12
    assert len(read().test) == 12
    (photos / "cats" / "00.png").rename(photos / "dogs" / "zz.png")
    for number in range(4):
        (photos / "cats" / f"1{number}.png").write_bytes((photos / "dogs" / "00.png").read_bytes() + b"\0")
    with pytest.raises(ValueError, match="have changed since the run in .* began") as reason:
        read()
    assert (
        "1 file is new (dogs/zz.png), 1 file is gone (cats/00.png), "
        "4 files have another size (cats/10.png, cats/11.png, cats/12.png, …)" in str(reason.value)
    )
