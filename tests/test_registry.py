import pytest

import keras_ean as ean
from keras_ean.registry import Registry


@pytest.fixture
def pets():
    pets = Registry("pet")

    @pets.register("cat")
    class Cat:
        def __init__(self, lives=9, *, name="Tom", **more):
            self.lives, self.name = lives, name

    return pets


def test_get(pets):
    cat = pets.get("cat", lives=7, name="Felix")
    assert (cat.lives, cat.name) == (7, "Felix")
    assert pets.available() == ["cat"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("cta", "Unknown pet 'cta'. Did you mean 'cat'? Known: cat."),
        ("elephant", "Unknown pet 'elephant'. Known: cat."),
        (None, "Unknown pet None. Known: cat."),
    ],
)
def test_unknown_name(pets, name, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        pets.get(name)


def test_unknown_option(pets):
    with pytest.raises(ValueError, match="pet 'cat': Unknown option 'live'. Did you mean 'lives'"):
        pets.get("cat", live=3)
    with pytest.raises(ValueError, match="Unknown option 'more'"):
        pets.get("cat", more=3)


def test_name_taken_by_another_class(pets):
    with pytest.raises(ValueError, match="pet name 'cat' is taken by .*Cat; choose another name"):

        @pets.register("cat")
        class Dog:
            pass


def test_class_registered_again_replaces_itself(pets):
    """As when a notebook cell runs twice."""
    again = pets.register("cat")(type("Cat", (), {"__qualname__": pets.lookup("cat").__qualname__}))
    assert pets.lookup("cat") is again


@pytest.mark.parametrize(
    ("get", "configured", "options"),
    [
        (ean.attention.get, ean.attention.get("se"), {"reduction": 4}),
        (ean.backbones.get, ean.backbones.get("resnet20"), {"width": 4}),
        (ean.exporting.formats.get, ean.exporting.formats.get("saved_model"), {"quantization": "int8"}),
    ],
)
def test_options_of_what_is_configured_already_are_refused_not_ignored(get, configured, options):
    assert get(configured) is configured
    with pytest.raises(ValueError, match=f"configured already, and would not take {next(iter(options))}"):
        get(configured, **options)
