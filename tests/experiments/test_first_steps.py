"""The first steps of an experiment on every family of backbones, with little images for data, shallow or narrow.

That every experiment resolves is a test of test_experiments.py, and every module is tried on backbones in
tests/attention.
"""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from keras_ean import Scheme, backbones, recipes
from keras_ean.backbones import resnet_imagenet
from keras_ean.data import ResizedCrop
from keras_ean.measure import cost
from keras_ean.run import Run, load_config

from .test_experiments import HERE, experiments


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Two classes of JPEG files, 10 to train on and 4 to test on each, of 32×32, or with `sizes` between 36 and 40."""
    generator = np.random.default_rng(0)
    roots = {}
    for kind, sizes in (("equal", (32,)), ("mixed", (36, 40))):
        root = roots[kind] = tmp_path_factory.mktemp(kind)
        for split, count in (("train", 10), ("test", 4)):
            for label in ("cat", "dog"):
                (root / split / label).mkdir(parents=True)
                for number in range(count):
                    pixels = generator.integers(0, 256, (sizes[number % len(sizes)], sizes[0], 3), "uint8")
                    Image.fromarray(pixels).save(root / split / label / f"{number}.jpg")
    return roots


def one_a_family():
    """Names of experiments: the modules in turn, with the first of a family's, the second of the next one's, …"""
    by_family = {}
    for name in experiments.experiments():
        by_family.setdefault(type(backbones.get(load_config(HERE / f"{name}.yaml").backbone.name)), []).append(name)
    return [names[turn % len(names)] for turn, names in enumerate(by_family.values())]


@pytest.mark.tensorflow
@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("name", one_a_family())
def test_first_steps(name, images, tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "flops", lambda network: 0)  # It traces.
    imagenet = name.startswith("imagenet")
    if imagenet:
        monkeypatch.setitem(resnet_imagenet.STAGES, 50, (1, 1, 1, 1))
        for key in ("resnet50-imagenet", "resnet50-imagenet-supernet"):
            monkeypatch.setitem(recipes.RECIPES, key, replace(recipes.get(key), augmentation=ResizedCrop(32)))
    overrides = [
        *experiments.small(name),
        f"data.name={images['mixed' if imagenet else 'equal']}",
        "data.validation=3",
        *(["data.size=[32, 32]", "data.resize=36"] if imagenet else []),
    ]
    run = Run(tmp_path / "run", load_config(HERE / f"{name}.yaml", overrides), Console(quiet=True))
    assert len(run.data.train) == 8
    assert (run.context.architecture.backbones["train"].get_config().get("dropout", 0) == 0.3) == ("wrn" in name)
    figures = run.figures()
    assert Scheme(figures["scheme"]) == run.search()
    assert np.isfinite(figures["loss"])
    searched = [evaluation for evaluation in run.tuner().evaluations() if evaluation.origin == "search"]
    assert 1 <= len(searched) <= 2
    assert run.folder.supernet_file.is_file()
