"""The recipes by name."""

from dataclasses import replace

from keras_ean.data.batches.augment import CropFlip, ResizedCrop
from keras_ean.recipes.recipe import Recipe

# The authors' code (CIFAR: DIANet, arXiv 1905.10671; ImageNet: arXiv 2011.14058).
_CIFAR = Recipe(epochs=180, batch_size=128, rate=0.1, weight_decay=5e-4, augmentation=CropFlip(padding=4))
_IMAGENET = Recipe(
    epochs=120,
    batch_size=256,
    rate=0.1,
    weight_decay=1e-4,
    augmentation=ResizedCrop(224),
    size=(224, 224),
    resize=256,
)
_ONE_CYCLE = Recipe(
    epochs=30,
    batch_size=256,
    rate=0.4,
    schedule="one_cycle",
    warmup=0.2,
    nesterov=True,
    weight_decay=5e-4,
    label_smoothing=0.1,
)

RECIPES: dict[str, Recipe] = {
    "resnet164-cifar": replace(_CIFAR, milestones=(60, 120), weight_decay=1e-4),
    "preresnet164-cifar": replace(_CIFAR, epochs=164, milestones=(81, 122), weight_decay=1e-4),
    "wrn52-4-cifar": replace(_CIFAR, epochs=200, milestones=(80, 120, 160), factor=0.2, dropout=0.3),
    "resnext101-8x32-cifar": replace(_CIFAR, epochs=300, milestones=(150, 225)),
    "resnet50-imagenet-supernet": replace(_IMAGENET, epochs=40),
    "resnet50-imagenet": replace(_IMAGENET, milestones=(30, 60, 90)),
    # Short ones, of this library.
    "cifar-one-cycle": replace(_ONE_CYCLE, augmentation=CropFlip(padding=4), precision="mixed_bfloat16"),
    "digits-short": Recipe(epochs=6, batch_size=64, rate=0.03, schedule="one_cycle", warmup=20, drop_remainder=True),
    "digits-one-cycle": replace(_ONE_CYCLE, epochs=12, batch_size=64, rate=0.1, drop_remainder=True),
}
