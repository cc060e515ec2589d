import keras
import pytest

from keras_ean.tracking import Tracker
from keras_ean.tracking.epochs import Epochs
from keras_ean.training import Curve, read_curve


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[: len(content) // 2]])
def test_a_damaged_curve_stops_no_training(tmp_path, capsys, damage):
    curve = Curve(tmp_path / "curve.json")
    curve.on_epoch_begin(0)
    curve.on_epoch_end(0, {"loss": 0.5})
    curve.file.write_bytes(damage(curve.file.read_bytes()))
    curve.on_epoch_begin(1)
    curve.on_epoch_end(1, {"loss": 0.25})
    assert [(row["epoch"], row["loss"]) for row in read_curve(curve.file)] == [(2, 0.25)]
    assert (tmp_path / "curve.json.damaged-1").is_file()
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{curve.file} is damaged: moved to curve.json.damaged-1")


def test_looking_at_a_damaged_curve_leaves_it_where_it_is(tmp_path, capsys):
    file = tmp_path / "curve.json"
    file.write_text("[{")
    assert read_curve(file) == []
    assert [path.name for path in tmp_path.iterdir()] == ["curve.json"]
    assert capsys.readouterr() == ("", "")


def test_of_a_metric_with_a_value_for_each_class_the_mean_is_kept(tmp_path):
    told = []

    class Told(Tracker):
        def scalars(self, part, step, values):
            told.append(values)

    logs = {"f1": keras.ops.convert_to_tensor([0.25, 0.75])}
    curve = Curve(tmp_path / "curve.json")
    curve.on_epoch_begin(0)
    curve.on_epoch_end(0, logs)
    assert read_curve(curve.file)[0]["f1"] == 0.5
    epochs = Epochs(Told(), "mine")
    epochs.set_model(keras.Sequential())
    epochs.on_epoch_end(0, logs)
    assert told == [{"training/f1": 0.5}]
