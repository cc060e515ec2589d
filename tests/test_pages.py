"""The code of the first pages runs as printed; tests/test_code_blocks.py looks at all pages without running them."""

import keras
import pytest

import keras_ean as ean
from tests.small_backbone import Small
from tests.test_code_blocks import PAGES, blocks

pytestmark = pytest.mark.tensorflow


def run(page, names):
    """The names that the page's Python leaves behind."""
    for _, block in blocks(PAGES[page], ("python",)):
        exec(compile(block, page, "exec"), names)
    return names


@pytest.fixture
def network():
    return ean.build_network(Small((2, 1)), "se", "11 1", (8, 8, 1), classes=10)


def test_start(network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain = ean.build_network(Small((2, 1)), "se", "00 0", (8, 8, 1), classes=10)
    plain.save("model.keras")
    assert len(run("docs/start.md", {})["plugged"].layers) > len(plain.layers)


def test_plug(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = run("docs/plug.md", {})
    assert names["supernet"].stages == (1, 2, 3, 2, 2)
    assert (tmp_path / "places.png").is_file()


@pytest.mark.usefixtures("eagerly")
def test_fold(network, images):
    def tune(network):
        network.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        network.fit(*images, epochs=1, verbose=0)

    x, y = images
    names = run("docs/fold.md", {"network": network, "x_val": x, "y_val": y, "x_train": x, "tune": tune})
    assert names["folded"].network.output_shape == (None, 10)
    assert names["found"].network.output_shape == (None, 10)
