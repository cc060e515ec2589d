"""Every code block of the documentation names what exists: in Python, on the command line, in configurations."""

import re
import shlex
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import typer

from keras_ean.cli.app import app
from keras_ean.registry import import_folder
from keras_ean.run import load_config, parse_config
from keras_ean.run.yaml_text import read_yaml

ROOT = Path(__file__).parents[1]
FOLDERS = ("README.md", "docs/*.md", "docs/tutorials/*.md", "benchmarks/*.md", "experiments/*.md")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for pattern in FOLDERS
    for path in sorted(ROOT.glob(pattern))
}
BLOCK = re.compile(r"^```\{?([\w-]+)\}?[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
PYTHON, SHELL, YAML = ("python", "py", "code-cell"), ("sh",), ("yaml",)
# A page shows pieces of programs: what it has not defined is a reader's own, and names are used again.
NOT_ASKED = (
    "name-defined",
    "used-before-def",
    "has-type",
    "var-annotated",
    "assignment",
    "no-redef",
    "union-attr",
    "misc",
)
OTHER_PROGRAMS = ("tensorboard", "export", "unset", "pip", "python", "make")
WRONG = """
```python
import keras_ean as ean
network = ean.plugg(model, "se")
network = ean.plug(model, atention="se")
ean.Run("runs/mine").verdicts()
```
"""

# On one backend; the other runs of these tests need not repeat them.
pytestmark = pytest.mark.tensorflow


def blocks(text, languages):
    """The line before each block in one of these languages, counted from 1, and the block."""
    for match in BLOCK.finditer(text):
        if match[1] in languages:
            yield text.count("\n", 0, match.start(2)), match[2]


def program(text):
    """All Python of a page, each line at its place; nothing else."""
    lines = [""] * text.count("\n")
    for start, block in blocks(text, PYTHON):
        code = block.splitlines()
        if block.startswith(">>>"):
            code = [line[4:] if line.startswith((">>>", "...")) else "" for line in code]
        lines[start : start + len(code)] = ["" if line.startswith((":", "%", "!")) else line for line in code]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What mypy says, by page; it knows the signatures of all that is public."""
    folder, pages = tmp_path_factory.mktemp("pages"), {**PAGES, "wrong": WRONG}
    names = {re.sub(r"\W", "_", page): page for page in pages}
    for name, page in names.items():
        (folder / f"{name}.py").write_text(program(pages[page]), encoding="utf-8")
    disabled = (f"--disable-error-code={code}" for code in NOT_ASKED)
    command = [sys.executable, "-m", "mypy", *disabled, *map(str, sorted(folder.iterdir()))]
    result = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=600)
    assert result.returncode == 1, result.stdout + result.stderr  # Of the wrong one.
    found = defaultdict(list)
    for file, line, message in re.findall(r"^(.+)\.py:(\d+): error: (.+)$", result.stdout, re.MULTILINE):
        found[names[Path(file).name]].append(f"line {line}: {message}")
    return found


def test_a_slip_in_python_is_noticed(complaints):
    assert [line.partition(":")[0] for line in complaints["wrong"]] == ["line 4", "line 5", "line 6"]


@pytest.mark.parametrize("page", PAGES)
def test_python_names_what_exists(complaints, page):
    assert complaints[page] == []


@pytest.fixture(scope="module")
def commands():
    import_folder("keras_ean.cli", [str(ROOT / "keras_ean" / "cli")])
    return typer.main.get_command(app).commands


def check_line(commands, line):
    """Raises if the line names a command, option, value, key or file that there is not."""
    words = shlex.split(re.sub("; do .*|&$", "", line), comments=True)
    while words and re.match("until|[A-Z_]+=", words[0]):
        del words[0]
    if not words:
        return
    if words[0] == "keras-ean":
        check_command(commands[words[1]], words[2:])
    elif words[0] in ("python", "pip"):
        files = [word for word in words[1:] if re.search(r"\.(py|txt)$", word)]
        assert all((ROOT / file).is_file() for file in files), files
    elif words[0].startswith("experiments/"):
        assert (ROOT / words[0]).is_file(), words[0]
    else:
        assert words[0] in OTHER_PROGRAMS, words[0]


def check_command(command, words):
    values = command.make_context(command.name, words).params
    load_config(None, values.get("overrides") or [])


@pytest.mark.parametrize("page", PAGES)
def test_command_lines_can_be_parsed(commands, page):
    for start, block in blocks(PAGES[page], SHELL):
        for number, line in enumerate(block.replace("\\\n", "").splitlines(), start + 1):
            try:
                check_line(commands, line)
            except Exception as error:
                raise AssertionError(f"{page}:{number}: {line}") from error


@pytest.mark.parametrize(
    "line",
    ["keras-ean rum", "keras-ean run --sed 1", "keras-ean search", "keras-ean run --set seeed=1", "python nothing.py"],
)
def test_a_slip_in_a_command_is_noticed(commands, line):
    with pytest.raises(Exception, match=r"rum|sed|[Mm]issing|seeed|nothing"):
        check_line(commands, line)


@pytest.mark.parametrize("page", PAGES)
def test_configurations_are_valid(page):
    for start, block in blocks(PAGES[page], YAML):
        values = read_yaml(block)
        if "model" not in values:
            values = {"data": "digits", "backbone": "resnet20", "attention": "se", "pretrain": "digits-short", **values}
        parse_config(values, f"{page}:{start}")


def test_a_slip_in_a_configuration_is_noticed():
    with pytest.raises(ValueError, match="serach"):
        parse_config({"data": "digits", "serach": {}}, "a page")


def test_no_block_has_a_language_that_nothing_checks():
    known = {*PYTHON, *SHELL, *YAML, "text", "diff", "toctree"}
    for page, text in PAGES.items():
        found = [match[1] for match in BLOCK.finditer(text)]
        assert set(found) <= known, page
        assert len(re.findall("^```", text, re.MULTILINE)) == 2 * len(found), f"{page}: a block without a language"
