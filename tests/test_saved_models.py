import re
from pathlib import Path

import numpy as np
import pytest

from keras_ean import Scheme, data
from keras_ean.run import load_config, read_json

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "saved_models" / "digits"


@pytest.mark.tensorflow
def test_the_page_loads_the_example_with_the_accuracy_that_stands_beside_it(monkeypatch):
    monkeypatch.chdir(ROOT)
    options = load_config().data
    images, labels = data.load(options.name, **options.options).test.arrays()
    [program] = re.findall(r"```python\n(.+?)```", (ROOT / "saved_models" / "README.md").read_text("utf-8"), re.DOTALL)
    names = {"images": images}
    exec(program, names)
    metrics = read_json(EXAMPLE / "metrics.json")
    assert np.mean(np.argmax(names["logits"], -1) == labels) == pytest.approx(metrics["accuracy"], abs=1e-6)
    assert metrics["scheme"] == read_json(EXAMPLE / "scheme.json")["scheme"]
    assert 0 < Scheme(metrics["scheme"]).density < 1


def test_the_example_is_small():
    assert sum(path.stat().st_size for path in EXAMPLE.rglob("*") if path.is_file()) < 1_000_000
