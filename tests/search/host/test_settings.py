import numpy as np
import pytest

from keras_ean.search.host.settings import check_settings, digest


def test_digests_tell_values_types_and_shapes_apart():
    x = np.arange(6.0)
    others = [x + 1, x.astype("float32"), x.reshape(2, 3), x[::-1]]
    assert len({digest([array]) for array in (x, *others)}) == 5
    assert digest([x, x]) != digest([x])
    assert digest([x[::2]]) == digest([x[::2].copy()])


def test_settings_that_differ_are_named_with_what_to_do():
    check_settings({"recipe": "short", "steps": [1, 2]}, {"steps": [1, 2], "recipe": "short"}, "here")
    with pytest.raises(
        ValueError, match=r"in here: images was 100 and is now None; recipe was 'short' .*overwrite=True"
    ):
        check_settings({"recipe": "short", "images": 100}, {"recipe": "long"}, "here")
