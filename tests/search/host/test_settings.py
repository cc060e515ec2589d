import pytest

from keras_ean.search.host.settings import check_settings, number


def test_settings_equal_the_numbers_that_stand_for_them():
    settings = {"recipe": "short", "images": 100, "calibration": None, "steps": [1, 2]}
    sent = {name: number(value) for name, value in settings.items()}
    check_settings(settings, sent, "here")
    check_settings(sent, settings, "here")
    with pytest.raises(ValueError, match=r"images was 100 and is now 99\.0"):
        check_settings(settings, {**sent, "images": 99.0}, "here")
    with pytest.raises(ValueError, match="recipe was 'short'"):
        check_settings(settings, {**sent, "recipe": number("long")}, "here")
