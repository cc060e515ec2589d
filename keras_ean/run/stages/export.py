"""The recommended network in a format that runs without this package."""

from functools import partial
from pathlib import Path

from keras_ean import exporting, files
from keras_ean.exporting import formats
from keras_ean.exporting.receipt import is_export, receipt_path
from keras_ean.run import receipts
from keras_ean.run.context import Context
from keras_ean.run.kept_images import Facts
from keras_ean.run.stages.network import Network
from keras_ean.run.stages.stage import Stage


class Export(Stage[Path]):
    """Exports a network in one format, proven equal in a fresh process.

    Args:
        context: The context of the run.
        network: The stage of the network that is exported.
        format: The name of the format.
    """

    def __init__(self, context: Context, network: Network, format: str):
        super().__init__(context)
        self.network, self.format = network, format

    @property
    def place(self) -> Path:
        return (self.context.folder.exports / self.format).with_suffix(formats.get(self.format).suffix)

    def make(self) -> Path:
        context = self.context
        context.console.print(f"export: {self.format}")
        form = formats.get(self.format, **serving(context.images.facts))
        images, scheme = context.images.sample(), self.network.scheme()
        network, replaces = self.network(), partial(is_export, format=self.format)
        with files.staging(self.place, replaces) as staged:
            exporting.export(network, staged, form, images=images, scheme=scheme, verbose=False)
            moves = {receipt_path(staged): receipt_path(self.place)} if staged.is_file() else {}
            for source, target in {**moves, staged: self.place}.items():
                context.folder.take(source, target, replaces)
        context.folder.write_json(self._list, {**self._listed, self.format: self.network.work})
        return self.place

    @property
    def finished(self) -> bool:
        """Whether the export is there, and of this network: another one may be recommended after more seeds."""
        # What an earlier version exported, which kept no list, stays.
        listed = self._listed.get(self.format, self.network.work)
        return self._proven and listed == self.network.work and self._fits

    @property
    def _fits(self) -> bool:
        """Whether the receipt tells of the network that was measured."""
        folder = self.context.folder
        fault = dict(receipts.faults(folder.path)).get(receipt_path(self.place))
        if fault is not None and folder.writes:
            folder.set_aside(self.place, f"is another one: its receipt {fault}")
        return fault is None

    @property
    def _proven(self) -> bool:
        """Whether the export is there with its receipt, both as they were written."""
        return super().finished and self.context.folder.whole(receipt_path(self.place))

    @property
    def _list(self) -> Path:
        return self.context.folder.exports / receipts.LIST

    @property
    def _listed(self) -> dict[str, str]:
        return self.context.folder.json(self._list) or {}

    def read(self) -> Path:
        return self.place


def serving(facts: Facts) -> dict:
    """What every format is told of the images that the network takes, so that it can be served; nothing of a model
    whose outputs are no classes of photographs."""
    return {"class_names": facts.class_names, "preprocess": facts.preprocess} if facts.class_names else {}
