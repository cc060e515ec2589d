"""What an earlier version saved, with what it predicted: it goes on loading.

`recorded.tar.xz` was written at 5aa0adf (TensorFlow 2.21, Keras 3.15.1, x86-64): a network of every attention module
(ResNet-8 of width 4, sge with 2 groups), a pre-activation network with unshared modules, one compiled with a recipe and
trained for a step, a plugged model that starts as an identity, a plugged supernet, a trained supernet with sandwich
sampling and distillation, a transferred network, a SavedModel, and three folders of the run in `run.yaml`: one is
finished,
one stopped in its search after five trials, one stopped after the first of two epochs of pre-training. `images.npy` are
(4, 8, 8, 3), and `predictions.npz` holds what each model gave for them.
"""

import tarfile
from pathlib import Path

ARCHIVE = Path(__file__).with_name("recorded.tar.xz")


def unpack(folder: Path, *names: str) -> Path:
    """Unpacks the files and folders of these names (all, if there are none) into `folder`, and gives it back."""
    with tarfile.open(ARCHIVE) as archive:
        wanted = [
            member
            for member in archive.getmembers()
            if not names or member.name.removeprefix("./").partition("/")[0] in names
        ]
        archive.extractall(folder, wanted, filter="data")
    return folder
