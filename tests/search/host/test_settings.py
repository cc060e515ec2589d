import pytest

from keras_ean.search.host.settings import check_settings


def test_settings_that_differ_are_named_with_what_to_do():
    check_settings({"recipe": "short", "steps": [1, 2]}, {"steps": [1, 2], "recipe": "short"}, "here")
    with pytest.raises(
        ValueError, match=r"in here: images was 100 and is now None; recipe was 'short' .*overwrite=True"
    ):
        check_settings({"recipe": "short", "images": 100}, {"recipe": "long"}, "here")
