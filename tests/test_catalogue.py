from pathlib import Path

import pytest

from keras_ean import attention, backbones, catalogue

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.parametrize(
    ("page", "table"),
    [
        ("modules.md", catalogue.modules),
        ("backbones.md", catalogue.families),
        ("recipes.md", catalogue.recipes),
    ],
)
def test_documentation_has_the_table_of_the_registry(page, table):
    text = (DOCS / page).read_text()
    assert table() in text, f"Put the output of `python -m keras_ean.catalogue` into docs/{page}."


def test_tables_name_everything():
    for name in attention.available():
        assert f"| `{name}` |" in catalogue.modules()
    for name in backbones.available():
        assert f"| `{name}` |" in catalogue.families()
