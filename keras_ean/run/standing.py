"""Where a run stands, seen from its folder alone."""

from pathlib import Path

from keras_ean.run import trainer
from keras_ean.run.folder import RunFolder
from keras_ean.search.host.glance import glance
from keras_ean.search.host.store import FILE
from keras_ean.training import Checkpoint


def standing(path: str | Path) -> str:
    """What a run has kept so far, in a clause such as "runs/mine keeps the supernet and 12 scored schemes"; what is
    damaged is not kept."""
    folder = RunFolder(path, writes=False)
    if not folder.config_file.is_file():
        return "nothing was begun"
    parts = [part for part in (_supernet(folder), _search(folder), _networks(folder)) if part]
    return f"{path} keeps {' and '.join(parts)}" if parts else f"{path} keeps nothing but its configuration yet"


def _supernet(folder: RunFolder) -> str:
    if folder.manifest.fault(folder.supernet_file) is None:
        return "the supernet"
    done = Checkpoint(folder.checkpoints("pretrain")).finished_epochs
    return f"{done} of {trainer.pretraining(folder.config()).epochs} epochs of the supernet" if done else ""


def _search(folder: RunFolder) -> str:
    schemes = glance(folder.search_folder / FILE).schemes
    if folder.manifest.fault(folder.scheme_file) is None:
        return "the search"
    return f"{schemes} scored schemes" if schemes else ""


def _networks(folder: RunFolder) -> str:
    config = folder.config()
    wanted = [(name, seed) for name in config.compared for seed in range(config.repeats)]
    done = sum(folder.manifest.fault(folder.network(*one)) is None for one in wanted)
    epochs = {
        f"{name}-{seed}": Checkpoint(folder.checkpoints(f"{name}-{seed}")).finished_epochs for name, seed in wanted
    }
    under_way = [
        f"{count} of {trainer.of_networks(config).epochs} epochs of {name}" for name, count in epochs.items() if count
    ]
    return ", ".join([*([f"{done} of {len(wanted)} networks"] if done else []), *under_way])
