"""A model card that Hugging Face's own reader takes."""

import pytest
import yaml
from huggingface_hub import ModelCard

from keras_ean.cli.card import card
from keras_ean.files import write_json
from keras_ean.run import RunFolder
from keras_ean.run.card import receipts
from keras_ean.run.unit import Unit
from tests.run.kept_runs import answers, keep

SHARES = {"plain": 0.7, "shared": 0.72, "random": 0.72, "found": 0.8}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return keep(tmp_path_factory.mktemp("runs") / "photos", answers(SHARES))


def test_a_card_is_read_by_hugging_face_and_says_what_the_network_is(run, capsys):
    card(run.folder.path, None, "apache-2.0")
    file = run.folder.path / "card" / "README.md"
    assert capsys.readouterr().out.strip() == str(file)
    read = ModelCard.load(file)
    assert (read.data.license, read.data.library_name, read.data.datasets) == ("apache-2.0", "keras", ["digits"])
    assert read.data.pipeline_tag == "image-classification"
    assert {"keras", "attention", "se", "resnet8"} <= set(read.data.tags)
    [result] = read.data.eval_results
    assert result.task_type == "image-classification"
    assert (result.dataset_name, result.metric_type) == ("digits", "accuracy")
    first, *_ = of_seeds = run.answers("found").mean(axis=1)
    assert len(set(of_seeds)) > 1
    assert (result.metric_name, result.metric_value) == ("accuracy of this file", pytest.approx(first, abs=1e-4))
    mean = f"{100 * run.verdict().accuracy['found']:.1f} % ("
    for words in (
        run.verdict().sentence(),
        f"this file has accuracy {100 * first:.1f} %; the figures below are means over the 3 trainings",
        f"of which it is the first: {mean}",
        "scheme 1 0 0, one sign for each block",
        "| found (recommended) | `1 0 0` | 1/3 |",
        "40 for train, 30 for validation, 400 for test in 10 classes",
        "None yet: keras-ean export photos writes one",
        "Another supernet may give another scheme",
        "name: resnet8",
    ):
        assert words in read.text, words


def test_a_license_is_named_only_if_it_is_given(run, tmp_path):
    card(run.folder.path, tmp_path / "README.md", None)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "license" not in yaml.safe_load(text.split("---\n")[1])


def test_of_a_run_without_classes_none_are_told(tmp_path):
    other = keep(tmp_path / "ages", answers(SHARES), unit=Unit("mae", "min"))
    RunFolder(other.folder.path).write_json(other.folder.path / "images.json", {"numbers": {"test": 400}})
    facts = {"format": "keras", "max_difference": 0, "tolerance": 1e-4, "top1_agreement": 1.0, "size_bytes": 1}
    write_json(other.folder.exports / "keras" / "receipt.json", facts)
    card(other.folder.path, tmp_path / "README.md", None)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    told = yaml.safe_load(text.split("---\n")[1])
    assert ("pipeline_tag" in told, told["metrics"]) == (False, ["mae"])
    assert "classes" not in text
    assert "(1.0e-04 are allowed); 0.00 MB." in text


def test_receipts_of_exports_are_in_the_card(run):
    facts = {"format": "saved_model", "max_difference": 1e-6, "tolerance": 1e-4, "top1_agreement": 1.0}
    write_json(run.folder.exports / "saved_model" / "receipt.json", {**facts, "size_bytes": 2_500_000})
    assert receipts(run) == (
        "- saved_model (saved_model): read back in a fresh process, its outputs differ from the network's by 1.0e-06 "
        "at the most (1.0e-04 are allowed), and 100.0 % of its classes are the same; 2.50 MB."
    )
