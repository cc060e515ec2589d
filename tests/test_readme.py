import doctest
import re
from pathlib import Path

import pytest

import keras_ean as ean
from keras_ean import attention, backbones, search
from keras_ean.exporting.base import REGISTRY as FORMATS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
KINDS = {
    "attention modules": attention.available,
    "backbones": backbones.available,
    "search algorithms": search.available,
    "export formats": FORMATS.available,
}


@pytest.mark.parametrize("kind", KINDS)
def test_lists_what_the_registries_hold(kind):
    [row] = re.findall(rf"^\| {kind} \| (.+) \|$", README, re.MULTILINE)
    assert row == ", ".join(f"`{name}`" for name in KINDS[kind]())


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


@pytest.mark.parametrize("page", ["data", "transfer"])
def test_sessions_in_the_documentation_are_true(page):
    failed, tried = doctest.testfile(str(ROOT / f"docs/{page}.md"), module_relative=False)
    assert tried > 5
    assert not failed


@pytest.mark.tensorflow
@pytest.mark.usefixtures("read_back_here", "timed_briefly")
def test_code_runs_as_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    load = ean.data.load
    monkeypatch.setattr(ean.data, "load", lambda *names, **options: load(*names, **{**options, "train": 20}))
    names: dict = {}
    for block in re.findall(r"```python\n(.+?)```", README, re.DOTALL):
        exec(compile(block, "README.md", "exec"), names)
    assert names["network"].output_shape == (None, 10)
    assert (tmp_path / "runs" / "readme" / "saved_model" / "saved_model.pb").is_file()
    assert len(names["plugged"].layers) > len(names["model"].layers)
