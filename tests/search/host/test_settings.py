import numpy as np
import pytest

from keras_ean.search.host.settings import check_settings, digest, number


def test_digests_tell_values_types_and_shapes_apart():
    x = np.arange(6.0)
    others = [x + 1, x.astype("float32"), x.reshape(2, 3), x[::-1]]
    assert len({digest([array]) for array in (x, *others)}) == 5
    assert digest([x, x]) != digest([x])
    assert digest([x[::2]]) == digest([x[::2].copy()])


def test_settings_equal_the_numbers_that_stand_for_them():
    settings = {"recipe": "short", "images": 100, "calibration": None, "steps": [1, 2]}
    sent = {name: number(value) for name, value in settings.items()}
    check_settings(settings, sent, "here")
    check_settings(sent, settings, "here")
    with pytest.raises(ValueError, match=r"images was 100 and is now 99\.0"):
        check_settings(settings, {**sent, "images": 99.0}, "here")
    with pytest.raises(ValueError, match="recipe was 'short'"):
        check_settings(settings, {**sent, "recipe": number("long")}, "here")
