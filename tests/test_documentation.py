"""What the site says of the package is complete, and its links lead somewhere; `make docs` builds it."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from keras_ean.run import Config

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in (
        "*.md",
        "docs/*.md",
        "docs/tutorials/*.md",
        "benchmarks/*.md",
        "experiments/*.md",
        "experiments/results/*.md",
    )
    for path in ROOT.glob(pattern)
)


@pytest.fixture(scope="module")
def pages():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        yield importlib.import_module("reference_pages")
    finally:
        del sys.path[0]


def test_every_key_of_a_configuration_has_a_meaning(pages):
    keys = list(pages.keys(Config))
    assert {"`data.name`", "`search.reward.costs.limit`", "`tolerance`"} <= {key for key, *_ in keys}
    assert [key for key, _, _, meaning in keys if not meaning] == []


def test_every_command_and_option_is_explained(pages):
    text = "\n".join(pages.commands())
    assert "## keras-ean run" in text
    assert "## keras-ean improve" in text
    assert re.findall(r"^## .+\n\n\n", text, re.MULTILINE) == []
    assert [line for line in text.splitlines() if re.match(r"\| `.+` \|  \|", line)] == []


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name):
    page = ROOT / name
    for target, anchor in re.findall(
        r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)]*)?\)", page.read_text(encoding="utf-8")
    ):
        file = page.parent / target
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor[1:] in {slug(heading) for heading in headings}, f"{target}{anchor}"


def slug(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
