"""What the site says of the package is complete, and its links lead somewhere; `make docs` builds it."""

import importlib
import re
import subprocess
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
        "docs/reference/*.md",
        "benchmarks/*.md",
        "experiments/*.md",
        "experiments/results/*.md",
    )
    for path in ROOT.glob(pattern)
)
NOT_PROSE = re.compile(
    r"```.*?^```|^#.*?$|^\|.*?$|^---.*?^---$|`[^`]*`|!?\[[^\]]*\]\([^)]*\)", re.MULTILINE | re.DOTALL
)
TERMS = (
    *("scheme", "supernet", "density", "regret", "tau", "contender", "oracle", "evaluator", "reward", "verdict"),
    *("gate", "recipe", "plateau", "tolerance", "interval", "seed"),
)
"""Of the glossary, those that mean nothing else."""


@pytest.fixture(scope="module")
def pages():
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        yield importlib.import_module("reference_pages")
    finally:
        del sys.path[0]


def test_the_reference_is_that_of_this_package(pages):
    folder = ROOT / "docs" / "reference"
    kept = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    made = {f"{name}.md": text for name, text in pages.pages().items()}
    assert sorted(kept) == sorted(made)
    changed = [name for name, text in made.items() if kept[name] != text]
    assert changed == [], "python docs/reference_pages.py writes them anew"


def test_every_key_of_a_configuration_has_a_meaning(pages):
    keys = list(pages.keys(Config))
    assert {"`data.name`", "`search.reward.costs.limit`", "`tolerance`"} <= {key for key, *_ in keys}
    assert [key for key, _, _, meaning in keys if not meaning] == []
    assert [key for key, _, default, _ in keys if default == "required" and "." not in key] == ["`data`"]
    words = re.compile(r"((^| or )(section|text|(whole )?number|true or false|`[^`]+`|list of .+))+$")
    assert [(key, kind) for key, kind, _, _ in keys if not words.match(kind) or "keras_ean" in kind] == []
    assert {"`none`", "`()`", "`False`"} & {default for _, _, default, _ in keys} == set()
    no_meaning = re.compile(r"(of|default:|in place|as) ")  # What begins so tells of something that is not named.
    assert [(key, meaning) for key, _, _, meaning in keys if no_meaning.match(meaning)] == []


def test_every_command_and_option_is_explained(pages):
    text = "\n".join(pages.commands())
    assert "## keras-ean run" in text
    assert "## keras-ean improve" in text
    assert re.findall(r"^## .+\n\n\n", text, re.MULTILINE) == []
    assert [line for line in text.splitlines() if re.match(r"\| `.+` \| ( |Of |Default|In place|As )", line)] == []


def test_no_page_has_a_name_under_which_sphinx_writes_one_of_its_own():
    assert [name for name in ("search", "genindex", "modindex") if (ROOT / "docs" / f"{name}.md").exists()] == []


def test_the_site_has_every_page_of_results(pages):
    contents = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    assert [name for name in importlib.import_module("result_pages").PAGES if f"results/{name}" not in contents] == []


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


@pytest.mark.parametrize("name", [name for name in PAGES if re.match(r"README|docs/(?!glossary|reference)", name)])
@pytest.mark.parametrize("term", TERMS)
def test_a_term_is_linked_where_it_is_used_first(name, term):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert f"## {term}\n" in (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    prose = NOT_PROSE.sub(lambda match: " " * len(match[0]), text)
    used, linked = re.search(rf"(?<![\w-]){term}s?(?![\w-])", prose, re.IGNORECASE), text.find(f"glossary.md#{term})")
    assert used is None or 0 <= linked < used.start(), prose[used.start() - 60 : used.end() + 60]


GUIDES = [name for name in PAGES if re.match(r"docs/\w+\.md$", name)]


@pytest.mark.parametrize("name", GUIDES)
def test_figures_that_were_measured_are_on_the_pages_of_results(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r".*±.*|.*\bat [0-9a-f]{7}\b.*|.*processor time.*|.*x86.*", text) == []


@pytest.mark.parametrize("name", GUIDES)
def test_a_page_begins_with_its_question_or_subject_and_what_it_answers(name):
    title, blank, first = (ROOT / name).read_text(encoding="utf-8").splitlines()[:3]
    assert re.match(r"# .+\?$|# (Questions and answers|Glossary)$", title)
    assert not blank
    assert re.match(r"[A-Z`*\[]|keras_ean ", first), first


def slug(heading: str) -> str:
    """The anchor that code hosts give a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def test_the_suite_follows_no_link():
    # A page that is away for an hour is no defect of a change, and a machine that tests may have no Internet.
    steps = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "sphinx" in steps.stdout
    assert "linkcheck" not in steps.stdout
