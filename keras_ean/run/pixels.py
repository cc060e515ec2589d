"""What a model takes photographs as: the one list of words for it, in configurations and commands."""

from typing import Literal

Pixels = Literal["0..255", "0..1", "-1..1", "torch", "caffe", "normalized"]
SCALED: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "0..1": ((0.0,), (1.0,)),
    "-1..1": ((0.5,), (0.5,)),
    "0..255": ((0.0,), (1 / 255,)),
    "torch": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
"""Mean and deviation of pixels of 0 … 1 that what models take is made of; "torch" stands for ImageNet's. Those of
"normalized" are the training images' own, and "caffe" turns the channels round as well."""
HELP = (
    "What the model takes photographs as: 0..255, 0..1 or -1..1; torch: less ImageNet's mean, by its deviation; "
    "caffe: 0..255 in BGR, less ImageNet's mean; normalized: less the training images' mean, by their deviation. "
    "Default: 0..255 if the model "
    "scales them itself, and what preprocess_input gives for keras.applications."
)
