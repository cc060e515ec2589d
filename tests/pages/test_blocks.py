"""What is not run of the pages' code blocks names at least what exists, and nothing is left out without a reason."""

import re
import shlex

import pytest
import typer

from keras_ean.cli.app import app
from keras_ean.registry import import_folder
from keras_ean.run import load_config
from tests.pages.blocks import PAGES, ROOT, SHELL, SHOWN, blocks, lines
from tests.pages.test_pages import LANGUAGES, NOT_RUN, SMALLER

pytestmark = pytest.mark.tensorflow
LEFT_OUT = [
    pytest.param(line, id=f"{page}:{number}")
    for page in PAGES
    for block in blocks(page)
    if block.language == SHELL
    for number, line in lines(block)
    if any(re.search(pattern, line) for pattern in NOT_RUN)
]


@pytest.fixture(scope="module")
def commands():
    import_folder("keras_ean.cli", [str(ROOT / "keras_ean" / "cli")])
    return typer.main.get_command(app).commands


def check(commands, line):
    """Raises if a line names a command, option, value, key or file that there is not."""
    words = shlex.split(line.removesuffix("&"), comments=True)
    while re.match("[A-Z_]+=", words[0]):
        del words[0]
    if words[0] == "keras-ean":
        command = commands[words[1]]
        load_config(None, command.make_context(command.name, words[2:]).params.get("overrides") or [])
    files = [word for word in words if re.search(r"^experiments/|\.(py|txt)$", word)]
    assert all((ROOT / file).is_file() for file in files), files


@pytest.mark.parametrize("line", LEFT_OUT)
def test_lines_that_are_not_run_name_what_exists(commands, line):
    check(commands, line)


@pytest.mark.parametrize(
    "line", ["keras-ean rum", "keras-ean run --sed 1", "A=1 keras-ean run --set seeed=1", "python no.py"]
)
def test_a_slip_is_noticed(commands, line):
    with pytest.raises(Exception, match=r"rum|sed|seeed|no\.py"):
        check(commands, line)


def test_every_exception_is_needed():
    text = "\n".join(PAGES.values())
    assert [pattern for pattern in NOT_RUN if not re.search(pattern, text, re.MULTILINE)] == []
    assert [old for old in SMALLER if old not in text] == []


def test_no_block_has_a_language_that_nothing_runs():
    for page, text in PAGES.items():
        found = [block.language for block in blocks(page)]
        assert set(found) <= {*LANGUAGES, *SHOWN}, page
        assert len(re.findall("^```", text, re.MULTILINE)) == 2 * len(found), f"{page}: a block without a language"
