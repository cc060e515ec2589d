import re
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from keras_ean import attention, backbones, search
from keras_ean.exporting import formats

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KINDS = {
    "attention modules": attention.available,
    "backbones": backbones.available,
    "search algorithms": search.available,
    "export formats": formats.available,
}


@pytest.mark.parametrize("kind", KINDS)
def test_lists_what_the_registries_hold(kind):
    [row] = re.findall(rf"^\| {kind} \| (.+) \|$", README, re.MULTILINE)
    assert row == ", ".join(f"`{name}`" for name in KINDS[kind]())


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_badges_tell_the_truth():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for repository, workflow in re.findall(r"\((https://\S+?)/actions/workflows/([^/)]+)", README):
        assert repository == project["urls"]["Repository"]
        assert (ROOT / ".github" / "workflows" / workflow).is_file()
    [python] = re.findall(r"badge/python-([\d.]+)\+", README)
    assert project["requires-python"] == f">={python}"
    assert project["license"] == "Apache-2.0"
    assert "badge/license-Apache_2.0-" in README


def test_the_picture_shows_what_was_found():
    results = (ROOT / "experiments" / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^\| 0 \| `([01 ]+)` \|", results, re.MULTILINE)
    with Image.open(ROOT / "docs" / "digits.png") as picture:
        assert picture.info.get("Description") == found[0]


def test_is_one_screen():
    assert len(README.splitlines()) < 120
