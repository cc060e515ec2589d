"""Endpoints, and a server that offers them over HTTP."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_ean.data import CentreCrop, ImageData, Split
from keras_ean.exporting import Preprocess, export
from keras_ean.exporting.formats.saved_model import SavedModel
from tests import shortcuts

pytestmark = pytest.mark.tensorflow
NAMES = [f"digit {index}" for index in range(10)]
PREPROCESS = Preprocess(mean=(0.4,), std=(0.3,))
SERVER = Path(__file__).with_name("server.py")


@pytest.fixture(scope="module")
def receipt(network, tmp_path_factory):
    """Of an export to a folder whose name TensorFlow takes for a pattern."""
    path = tmp_path_factory.mktemp("served") / "photos [2024] *" / "mine"
    with shortcuts.read_back_here():
        return export(network, path, verbose=False, class_names=NAMES, preprocess=PREPROCESS)


@pytest.fixture(scope="module")
def exported(receipt, tmp_path_factory):
    return receipt.path.rename(tmp_path_factory.mktemp("moved") / "mine")


def test_it_is_told_of_a_folder_that_tensorflow_takes_for_a_pattern(receipt):
    assert "to load it, move it to a folder without these" in receipt.note
    assert SavedModel().note(receipt.path.parents[1]) == ""


@pytest.fixture(scope="module")
def loaded(exported):
    import tensorflow as tf

    return tf.saved_model.load(str(exported))


@pytest.fixture
def photos():
    return np.random.default_rng(0).integers(0, 256, (6, 8, 8, 1)).astype("uint8")


def expected(network, photos):
    logits = np.array(network((photos / 255 - 0.4) / 0.3))
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


def check(result, probabilities):
    np.testing.assert_allclose(result["probabilities"], probabilities, atol=1e-5)
    np.testing.assert_array_equal(result["class"], probabilities.argmax(1))
    labels = [label.decode() for label in np.asarray(result["label"])]
    assert labels == [NAMES[best] for best in probabilities.argmax(1)]


def test_photos_of_the_right_size(network, loaded, photos):
    check(loaded.classify_images(photos), expected(network, photos))
    check(loaded.classify(((photos / 255 - 0.4) / 0.3).astype("float32")), expected(network, photos))


def test_photos_of_another_size(network, loaded):
    constant = np.full((1, 37, 51, 1), 90, "uint8")
    check(loaded.classify_images(constant), expected(network, np.full((1, 8, 8, 1), 90)))


@pytest.mark.parametrize("resize", [None, 11])
@pytest.mark.parametrize("size", [(8, 8), (30, 21), (5, 9), (16, 33)])
def test_preprocessing_is_that_of_the_evaluation(size, resize):
    photos = np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype("uint8")
    split = Split(photos, np.zeros(2, int), (0.5,), (0.2,), prepare=CentreCrop((8, 8), resize), normalize=True)
    data = ImageData("noise", split, split, split, ("a",), (8, 8, 3), split.mean, split.std)
    found = Preprocess.of(data)(photos, (8, 8, 3))
    # The evaluation rounds to whole grey levels after resizing.
    np.testing.assert_allclose(found, split.arrays()[0], atol=1.01 / 255 / 0.2)


def jpeg(photo):
    file = io.BytesIO()
    Image.fromarray(photo[..., 0]).save(file, "jpeg", quality=95)
    return file.getvalue()


def test_jpeg_files(network, loaded, photos):
    files = [jpeg(photo) for photo in photos]
    decoded = np.stack([np.asarray(Image.open(io.BytesIO(file)))[..., None] for file in files])
    result = loaded.classify_jpeg(np.array(files, dtype=object))
    # Decoders may differ by a grey level or two.
    np.testing.assert_allclose(result["probabilities"], expected(network, decoded), atol=0.02)


def test_weights_are_stored_once(network, exported):
    data = sum(file.stat().st_size for file in (exported / "variables").glob("*.data*"))
    assert data < 1.5 * 4 * network.count_params()


def post(url, body):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def wait_for(url, server, seconds=120):
    deadline = time.monotonic() + seconds
    while True:
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.2)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_server_answers_concurrent_requests_equally(network, exported, photos):
    port = free_port()
    command = [sys.executable, "-P", str(SERVER), str(exported), str(port)]
    server = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://127.0.0.1:{port}/health", server)
        body = json.dumps({"instances": photos.tolist()}).encode()
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: post(f"http://127.0.0.1:{port}/predict", body), range(24)))
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert all(answer == answers[0] for answer in answers)
    assert answers[0].pop("knows_keras_ean") is False
    np.testing.assert_allclose(answers[0]["predictions"], expected(network, photos), atol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"class_names": ["a", "b"]}, "the network has 10, but 2"), ({"preprocess": {"std": 0}}, "std .* is positive")],
)
def test_refuses(network, tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        export(network, tmp_path / "mine", **options)


def test_pixels_become_0_to_1_by_default():
    assert Preprocess() == Preprocess(0, 1, 1 / 255, None) == Preprocess((0.0,), (1.0,))


def test_format_goes_through_json():
    format = SavedModel(NAMES, PREPROCESS)
    assert SavedModel(**json.loads(json.dumps(format.get_config()))) == format
