"""What a run's networks are built of: backbone, attention module, and the images that they take."""

import keras
import numpy as np

from keras_ean import attention, recipes
from keras_ean.attention import Attention
from keras_ean.attention_options import per_block
from keras_ean.backbones import Backbone
from keras_ean.data import Split
from keras_ean.place_names import PlaceNames
from keras_ean.run.config import Config, Training
from keras_ean.run.images import Images
from keras_ean.scheme import Scheme
from keras_ean.supernet import Supernet, build_network, build_supernet
from keras_ean.supernet.placement import stages_of


class Architecture:
    """Builds the supernet and the networks of a run; the one place that knows what they are made of.

    Args:
        config: The configuration, which names backbone and module; the recipe of a training may give the backbone its
            dropout.
        images: The images, which tell the shape of the input and the classes when something is built.

    Raises:
        ValueError: An unknown backbone, recipe, or option.
    """

    def __init__(self, config: Config, images: Images):
        self.config, self.images = config, images
        self.backbones = {name: self._backbone(getattr(config, name)) for name in ("pretrain", "train")}

    def _backbone(self, training: Training | None) -> Backbone:
        backbone, training = self.config.backbone, training or self.config.pretrain
        assert backbone is not None
        assert training is not None
        return recipes.get(training.recipe).backbone(backbone.name, **backbone.options)

    @property
    def stages(self) -> tuple[int, ...]:
        """The numbers of places for attention by stage."""
        return stages_of(self.backbones["train"], per_block(self.config.attention.name))

    @property
    def names(self) -> PlaceNames:
        """What the places are called."""
        return PlaceNames(self.config.attention.name)

    @property
    def blocks(self) -> list[str]:
        """What a given model calls its blocks; nothing here, since a block's number says it."""
        return []

    @property
    def attention(self) -> Attention:
        """The module; made anew, since it takes the precision of the place where it is made."""
        return attention.get(self.config.attention.name, **self.config.attention.options)

    def supernet(self) -> Supernet:
        """All networks in one, not trained yet."""
        config, facts = self.config, self.images.facts
        return build_supernet(
            self.backbones["pretrain"],
            self.attention,
            facts.shape,
            facts.classes,
            config.share,
            config.sampling,
            seed=config.seed,
            distill=config.distill,
        )

    def network(self, scheme: Scheme, share: bool, name: str) -> keras.Model:
        """The network of a scheme, not trained yet; one module per stage if both the run and `share` say so."""
        facts, share = self.images.facts, self.config.share and share
        backbone = self.backbones["train"]
        return build_network(backbone, self.attention, scheme, facts.shape, facts.classes, share, name=name)

    def extracted(self, supernet: Supernet, scheme: Scheme, share: bool, name: str) -> keras.Model:
        """The same with the supernet's weights, and the BatchNorm statistics with which the search scores it."""
        share, batch_size = self.config.share and share, self.config.search.batch_size
        return supernet.extract(scheme, name, self.calibration(), batch_size, share=share)

    def calibration(self) -> np.ndarray | None:
        """Training images on which BatchNorm statistics are estimated; None where that is not asked for."""
        return calibration_images(self.config, self.images.data.train)


def calibration_images(config: Config, train: Split) -> np.ndarray | None:
    """Does as `Architecture.calibration`, with these images for training; they are augmented as the supernet's are."""
    if not config.search.calibrate:
        return None
    assert config.pretrain is not None
    chosen = train.take(calibration_rows(config, len(train)))
    return recipes.get(config.pretrain.recipe).augmented(chosen, config.seed)


def calibration_rows(config: Config, number: int) -> np.ndarray:
    """Rows of the training images, of which there are so many, that re-estimate BatchNorm statistics."""
    return np.random.default_rng(config.seed).permutation(number)[: config.search.calibrate]
