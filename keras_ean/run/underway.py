"""How far a run is that has not ended: its phase, and the time that is left at the pace so far."""

from keras_ean import backbones
from keras_ean.attention_options import per_block
from keras_ean.run import networks, trainer
from keras_ean.run.budget import schemes_at_most
from keras_ean.run.effort import efforts
from keras_ean.run.how_far import FOLDING, NETWORKS, REPORT, SEARCH, SUPERNET, Progress
from keras_ean.run.kept import KeptRun
from keras_ean.run.kept_curves import BEFORE
from keras_ean.run.kept_images import Numbers
from keras_ean.search.host.glance import glance
from keras_ean.search.host.leading import Leading, leading
from keras_ean.search.host.store import FILE
from keras_ean.training import read_curve


def underway(run: KeptRun, idle: float) -> Progress:
    """The progress of a run that has begun.

    Args:
        run: The run as its folder shows it.
        idle: Seconds since anything was written.
    """
    folder, config = run.folder, run.config
    curves = sorted((folder.path / "curves").glob("*.json"), key=lambda file: file.stat().st_mtime)
    found, counted = leading(folder.search_folder / FILE), glance(folder.search_folder / FILE)
    supernet = folder.supernet_file.is_file() or counted.phase is not None
    course, own = trainer.pretraining(config), _trainings(run)
    if not supernet:
        epochs = read_curve(folder.curve("pretrain"))
        stage, detail = SUPERNET, f"epoch {len(epochs)} of {course.epochs}"
    elif not folder.scheme_file.is_file():
        stage, detail = SEARCH, f"{counted.schemes} schemes scored in {counted.steps} steps"
    elif (done := len(own.intersection(run.trained))) < len(own):
        stage, detail = NETWORKS, f"{done} of {len(own)} trainings"
    elif (done := len(run.trained) - len(own)) < (folded := len(run.wanted) - len(own)):
        stage, detail = FOLDING, f"{done} of {folded} networks"
    else:
        stage, detail = REPORT, "exports, times of inference and figures"
    share, left = (1.0, None) if stage in (FOLDING, REPORT) else _left(run, found, counted.schemes)
    newest = curves[-1] if curves else None
    return Progress(
        stage,
        detail,
        share,
        left,
        idle,
        found,
        _called(newest.stem) if newest else "",
        read_curve(newest) if newest else (),
    )


def _left(run: KeptRun, found: Leading, schemes: int) -> tuple[float | None, float | None]:
    """Share done and seconds left, from the passes of every phase and the time that those so far have taken."""
    folder, config, numbers = run.folder, run.config, run.numbers()
    stages = found.stages
    if stages is None and config.backbone is not None:
        backbone = backbones.get(config.backbone.name, **config.backbone.options)
        stages = tuple(per_block(config.attention.name) * blocks for blocks in backbone.stages)
    if not numbers or stages is None:
        return None, None
    parts = efforts(config, Numbers(**numbers), stages)
    own = trainer.of_networks(config).epochs
    curves = {file.stem: read_curve(file) for file in (folder.path / "curves").glob("*.json")}
    shares = {
        "supernet": len(curves.get("pretrain", ())) / trainer.pretraining(config).epochs,
        "search": schemes / schemes_at_most(config, stages),
        "networks": sum(own if name in run.trained else len(curves.get(name, ())) for name in _trainings(run))
        / (own * len(_trainings(run))),
    }
    ended = {"supernet": folder.supernet_file.is_file(), "search": folder.scheme_file.is_file()}
    done = sum(parts[name].passes * (1.0 if ended.get(name) else min(1.0, shares[name])) for name in shares)
    total = sum(parts[name].passes for name in shares)
    spent = found.seconds + sum(one["seconds"] for epochs in curves.values() for one in epochs)
    return (done / total, spent * (total - done) / done) if done else (0.0, None)


def _trainings(run: KeptRun) -> set[str]:
    """Those of the networks that a run wants which are trained; the others are folded forms of them."""
    return {name for name in run.wanted if networks.get(name.rpartition("-")[0]).folds is None}


def _called(training: str) -> str:
    """A training as its progress bar is called."""
    name, _, seed = training.rpartition("-")
    return f"{networks.title(name)}, seed {seed}" if name in networks.NETWORKS else BEFORE.get(training, training)
