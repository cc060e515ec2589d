"""A search as a study of Optuna, so that Optuna's dashboard and its analyses can open it."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from keras_ean import files
from keras_ean.search.evaluation import Evaluation


def write_study(evaluations: Iterable[Evaluation], file: str | Path, name: str) -> None:
    """Writes an SQLite file with one study: a trial for each score, whose value is the reward, to be maximised.

    Parameters are `block_0`, `block_1`, …: whether the block is connected. Metrics, parts of the reward and the rest of
    `Evaluation.row` are attributes of the trial. A file that is there already is replaced.

    Args:
        evaluations: The evaluations in the order of the trials.
        file: The path of the file to write.
        name: The name of the study.

    Raises:
        ImportError: Optuna is not installed.
    """
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            f"A study of Optuna needs Optuna (missing: {error.name}). Install with: pip install 'keras-ean[optuna]'"
        ) from error
    connected = optuna.distributions.CategoricalDistribution([False, True])
    with tempfile.TemporaryDirectory() as folder, files.staging(Path(file)) as staged:
        made = Path(folder) / "study.db"  # A path without letters that mean something in an address of a database.
        storage = optuna.storages.RDBStorage(f"sqlite:///{made}")
        told = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # The file is not yet where it will be.
        study = optuna.create_study(storage=storage, study_name=name, direction="maximize")
        optuna.logging.set_verbosity(told)
        study.add_trials([_trial(one, connected) for one in evaluations])
        storage.engine.dispose()
        shutil.copy(made, staged)
        files.move(staged, Path(file))


def _trial(evaluation: Evaluation, connected: Any):
    import optuna

    parameters = {f"block_{block}": bool(bit) for block, bit in enumerate(evaluation.bits)}
    return optuna.create_trial(
        value=evaluation.reward,
        params=parameters,
        distributions=dict.fromkeys(parameters, connected),
        user_attrs=evaluation.row(),
    )
