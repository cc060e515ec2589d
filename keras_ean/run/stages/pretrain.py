"""The supernet, trained over random schemes."""

from collections.abc import Callable
from pathlib import Path

from keras_ean.run import scoring, trainer
from keras_ean.run.architecture import calibration_images
from keras_ean.run.plugged import PluggedArchitecture
from keras_ean.run.stages.shrinking import Shrinking
from keras_ean.run.stages.stage import Stage
from keras_ean.run.work import Work
from keras_ean.supernet import Supernet
from keras_ean.training.fine_tuning import attention_alone


class Pretrain(Stage[Supernet]):
    """Trains the supernet by the configuration's `pretrain`."""

    @property
    def place(self) -> Path:
        return self.context.folder.supernet_file

    def make(self) -> Supernet:
        context, config = self.context, self.context.config
        if isinstance(context.architecture, PluggedArchitecture) and not context.folder.begun:
            context.architecture.check_kept()
        build, title = self._warmed(context.architecture.supernet), "pre-train the supernet"
        course = trainer.pretraining(config)
        work = Work(build, "pretrain", title, course, config.seed, config.seed, callbacks=self._shrinking)
        supernet = trainer.train(context, work)
        context.save(supernet, self.place)
        trainer.finish(context, "pretrain")
        trainer.finish(context, "warm-up")
        return supernet

    def _shrinking(self, supernet: Supernet) -> list[Shrinking]:
        """What lets blocks leave the space while the supernet trains, if the configuration asks for it."""
        context, config = self.context, self.context.config
        if config.shrinking is None:
            return []
        shrinking = Shrinking(
            context.folder,
            scoring.validation_images(context),
            calibration_images(config, context.images.data.train),
            **dict(config.shrinking),
            batch_size=config.search.batch_size,
            seed=config.seed,
            supernet=supernet,
            tell=context.tell,
        )
        return [shrinking]

    def _warmed(self, build: Callable[[], Supernet]) -> Callable[[], Supernet]:
        """Of a given model the new weights are trained alone first, so that they do not disturb the old ones."""
        context, seed = self.context, self.context.config.seed
        course = trainer.warming_up(context.config)
        if course is None:
            return build
        work = Work(lambda: attention_alone(build()), "warm-up", "warm up the attention", course, seed, seed)
        alone = trainer.train(context, work)

        def continued() -> Supernet:
            supernet = build()
            supernet.set_weights(alone.get_weights())
            return supernet

        return continued

    def read(self) -> Supernet:
        return self.context.load(self.place)
