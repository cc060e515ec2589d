from pathlib import Path
from typing import get_args

from keras_ean.run.pixels import HELP, Pixels

ROOT = Path(__file__).parents[2]


def test_every_word_is_explained():
    page = (ROOT / "docs" / "improve.md").read_text(encoding="utf-8")
    assert [word for word in get_args(Pixels) if f"`{word}`" not in page] == []
    assert all(word in HELP for word in ("torch", "caffe", "normalized"))
