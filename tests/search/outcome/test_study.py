"""A search as a study of Optuna, read back by Optuna."""

import optuna

from keras_ean import Scheme
from keras_ean.search.evaluation import Evaluation
from keras_ean.search.outcome.study import write_study


def test_every_score_is_a_trial_with_its_blocks_as_parameters(tmp_path):
    scored = [
        Evaluation(Scheme(text), reward, {"sparsity": 0.25}, {"accuracy": reward}, trial=f"{number:05d}")
        for number, (text, reward) in enumerate([("1 0", 0.5), ("0 0", 0.75), ("1 1", 0.25)])
    ]
    file, verbosity = tmp_path / "a folder" / "study.db", optuna.logging.get_verbosity()
    file.parent.mkdir()
    file.write_text("of before")
    write_study(scored, file, "mine")
    assert optuna.logging.get_verbosity() == verbosity
    assert [path.name for path in file.parent.iterdir()] == ["study.db"]
    study = optuna.load_study(study_name="mine", storage=f"sqlite:///{file}")
    assert study.direction is optuna.study.StudyDirection.MAXIMIZE
    assert study.best_params == {"block_0": False, "block_1": False}
    assert [trial.value for trial in study.trials] == [0.5, 0.75, 0.25]
    both = optuna.distributions.CategoricalDistribution([False, True])
    for trial, one in zip(study.trials, scored, strict=True):
        assert trial.params == {f"block_{block}": bool(bit) for block, bit in enumerate(one.bits)}
        assert trial.distributions == {"block_0": both, "block_1": both}
        assert trial.user_attrs == one.row()
