"""What a run's networks are built of where the model was given: its own graph, with attention plugged in."""

from functools import cached_property
from pathlib import Path
from typing import Any

import keras

from keras_ean import attention, onednn
from keras_ean.attention import Attention
from keras_ean.attention_options import per_block
from keras_ean.data.digest import digest
from keras_ean.graph.copying import own_objects
from keras_ean.graph.reading import check_inputs
from keras_ean.place_names import PlaceNames
from keras_ean.plugging import PluggedBackbone, plug, plug_supernet
from keras_ean.run.architecture import calibration_rows
from keras_ean.run.config import Config
from keras_ean.run.folder import RunFolder
from keras_ean.run.given_images import GivenImages
from keras_ean.run.model_file import load_model
from keras_ean.run.open_model import open_model
from keras_ean.run.read_back import check_read_back, unreadable
from keras_ean.scheme import Scheme
from keras_ean.supernet import Supernet
from keras_ean.supernet.placement import stages_of
from keras_ean.training import Task
from keras_ean.training.finite import not_finite

CHECKED = 4
"""Images on which a plugged model has to compute what the model does."""


class PluggedArchitecture:
    """Builds the supernet and the networks of a run around a trained model, whose weights they start with.

    Attention starts as the identity, so that a network computes what the model does until it is trained. The model is
    kept in the run's folder, so that a run goes on with it whatever becomes of its file.

    Args:
        config: The configuration, which names the model, its task and the attention module.
        images: The images, which tell a model that is made for them its classes, and calibrate what is extracted.
        folder: The folder of the run.
        model: The model, if it was given in Python.

    Attributes:
        file: The path of the file in which the model is kept.

    Raises:
        ValueError: The module or an option is unknown.
    """

    def __init__(self, config: Config, images: GivenImages, folder: RunFolder, model: keras.Model | None = None):
        self.config, self.images, self.folder, self._given = config, images, folder, model
        self.file: Path = folder.path / "model.keras"
        self.digest_file: Path = folder.path / "model.json"
        attention.get(config.attention.name, **config.attention.options)

    @cached_property
    def model(self) -> keras.Model:
        """The model as it was given.

        Raises:
            ValueError: It is subclassed or unbuilt, or its weights are not finite; or the kept file is damaged or lost,
                and what the configuration names is another model by now.
        """
        assert self.config.model is not None
        if self._given is not None:
            _check(self._given)
            return self._given
        source = self.config.model
        if self.folder.whole(self.file):
            return load_model(self.file, source.imports, source.unsafe, compiled=True)
        model = open_model(source, self.images.classes)
        _check(model)
        if (known := self.folder.json(self.digest_file)) not in (None, {"digest": model_digest(model)}):
            raise ValueError(
                f"{self.file} is damaged or lost, and {source.name} is another model now than the one that this run "
                f"was begun with ({known['digest']}): bring that one back, or start anew in another folder."
            )
        return model

    def keep(self) -> None:
        """Writes the model into the folder, if it is not there yet, and what tells it from others.

        Raises:
            ValueError: One of its layers does not tell its configuration.
        """
        if not self.folder.whole(self.file):
            model = self.model
            self.folder.write_json(self.digest_file, {"digest": model_digest(model)})
            try:
                self.folder.save(model, self.file)
            except NotImplementedError as error:
                raise ValueError(f"The model {model.name!r} cannot be kept: {unreadable(model)}") from error

    @cached_property
    def task(self) -> Task:
        """What the model is trained for."""
        source = self.config.model
        assert source is not None
        objective = (source.objective, source.direction) if source.objective and source.direction else source.objective
        return Task(self.model, objective, source.loss, list(source.metrics) or None)

    @cached_property
    def backbone(self) -> PluggedBackbone:
        """The model's graph and the places in it."""
        source = self.config.model
        assert source is not None
        return PluggedBackbone(self.model, source.at)

    @property
    def size(self) -> tuple[int, int, int] | None:
        """(height, width, channels) of the model's only input of images; None where it is open, or not the only one."""
        shapes = [tuple(tensor.shape[1:]) for tensor in self.model.inputs]
        return shapes[0] if len(shapes) == 1 and len(shapes[0]) == 3 and None not in shapes[0] else None

    @property
    def stages(self) -> tuple[int, ...]:
        return stages_of(self.backbone, per_block(self.config.attention.name))

    @property
    def names(self) -> PlaceNames:
        """What the places are called."""
        return PlaceNames(self.config.attention.name)

    @property
    def blocks(self) -> list[str]:
        """What each block is called in the model: the addition that ends it, or the layer before the attention."""
        return [point.addition or point.branch_end for point in self.backbone.points]

    @property
    def places(self) -> list[str]:
        """What each place is called in the model: as its block, and with several modules, also which one."""
        names = self.names
        return [f"{end}, {name}" for end in self.blocks for name in names.modules] if names.several else self.blocks

    @property
    def attention(self) -> Attention:
        """The module, in the precision of the model's layers."""
        module = attention.get(self.config.attention.name, **self.config.attention.options)
        return type(module).from_config({**module.get_config(), "dtype": self.backbone.policy})

    @onednn.on_even_batches()
    def supernet(self) -> Supernet:
        """All networks in one, with the model's weights."""
        config = self.config
        return plug_supernet(
            self.model,
            self.attention,
            config.share,
            identity_init=True,
            at=self.backbone.at,
            sampling=config.sampling,
            seed=config.seed,
            distill=config.distill,
            name="supernet",
        )

    def network(self, scheme: Scheme, share: bool, name: str) -> keras.Model:
        """The model with attention where the scheme says, with the model's weights."""
        return self.around(self.model, scheme, share, name)

    @onednn.on_even_batches()
    def around(self, model: keras.Model, scheme: Scheme, share: bool, name: str) -> keras.Model:
        """The same around a model of equal layers and other weights."""
        share = self.config.share and share
        return plug(model, self.attention, scheme, share, identity_init=True, at=self.backbone.at, name=name)

    def extracted(self, supernet: Supernet, scheme: Scheme, share: bool, name: str) -> keras.Model:
        """The network with the supernet's weights, and the BatchNorm statistics with which the search scores it."""
        share, batch_size = self.config.share and share, self.config.search.batch_size
        return supernet.extract(scheme, name, self.calibration(), batch_size, share=share)

    def calibration(self) -> Any:
        """Inputs of training images, on which BatchNorm statistics are estimated; None where that is not asked for. A
        model that augments does so by its own layers, which are in training mode then."""
        train = self.images.data.train
        rows = calibration_rows(self.config, len(train))
        return train.take(rows).inputs if self.config.search.calibrate else None

    def check_kept(self) -> None:
        """ValueError unless the network with attention everywhere can be kept and read back, as those that are going to
        be trained must be."""
        network = self.network(Scheme.full(self.stages), share=True, name="checked")
        check_read_back(self.model, network, self.load, self.images.sample(CHECKED))

    def load(self, path: Path) -> keras.Model:
        """A kept network, compiled for the task; the model's own layers need not be registered, nor Lambda layers be
        asked for again."""
        code = any(isinstance(layer, keras.layers.Lambda) for layer in self.model._flatten_layers())
        own = own_objects(self.model)
        network = keras.saving.load_model(path, custom_objects=own, compile=False, safe_mode=not code)
        self.task.compile(network)
        return network


def model_digest(model: keras.Model) -> str:
    """16 hexadecimal digits that stand for a model's layers and weights."""
    # Without the names, which Keras numbers by what was made before.
    layers = [f"{type(layer).__name__} {layer.trainable}" for layer in model._flatten_layers()]
    return digest([layers, *(keras.ops.convert_to_numpy(weight) for weight in model.weights)])


def _check(model: keras.Model) -> None:
    """ValueError for a model that is subclassed or unbuilt, or has a weight that is infinite or no number at all."""
    check_inputs(model)
    if lost := not_finite(model.variables):
        raise ValueError(
            f"The model {model.name!r} has weights that are not finite, the first ones in {lost}: give it as it was "
            "before they were lost."
        )
