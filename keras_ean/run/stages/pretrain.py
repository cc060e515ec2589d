"""The supernet, trained over random schemes."""

from pathlib import Path

from keras_ean.run import trainer
from keras_ean.run.stages.stage import Stage
from keras_ean.supernet import Supernet


class Pretrain(Stage[Supernet]):
    """Trains the supernet by the configuration's `pretrain`."""

    @property
    def place(self) -> Path:
        return self.context.folder.supernet_file

    def make(self) -> Supernet:
        context, config = self.context, self.context.config
        build, title = context.architecture.supernet, "pre-train the supernet"
        course = trainer.pretraining(config)
        supernet = trainer.train(context, build, "pretrain", title, course, config.seed, config.seed)
        context.save(supernet, self.place)
        trainer.finish(context, "pretrain")
        return supernet

    def read(self) -> Supernet:
        return self.context.load(self.place)
