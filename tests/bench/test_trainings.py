import pytest

from keras_ean.bench.trainings import Training, Trainings


def test_kept_once_and_by_scheme_and_seed(tmp_path):
    trainings = Trainings(tmp_path / "a" / "trainings.sqlite", {"space": 1})
    trainings.add([Training(2, 0, [0.1, 0.2], 0.5)])
    trainings.add([Training(1, 1, [0.3, 0.4], 0.6), Training(2, 0, [0.9, 0.9], 0.9)])
    again = Trainings(tmp_path / "a" / "trainings.sqlite", {"space": 1})
    assert again.all() == [Training(1, 1, [0.3, 0.4], 0.6), Training(2, 0, [0.1, 0.2], 0.5)]
    assert again.done() == {(1, 1), (2, 0)}


def test_trainings_of_another_space_are_refused(tmp_path):
    Trainings(tmp_path / "trainings.sqlite", {"epochs": 1})
    with pytest.raises(ValueError, match='"epochs": 1.*"epochs": 2'):
        Trainings(tmp_path / "trainings.sqlite", {"epochs": 2})
