import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keras_ean import Scheme

STAGES = (3, 4, 6, 3)
stages_strategy = st.lists(st.integers(1, 7), min_size=1, max_size=5).map(tuple)


@st.composite
def schemes(draw):
    stages = draw(stages_strategy)
    return Scheme(draw(st.lists(st.integers(0, 1), min_size=sum(stages), max_size=sum(stages))), stages)


@given(schemes())
def test_text_codes_and_bits_lead_back_to_the_scheme(scheme):
    assert Scheme(str(scheme)) == scheme
    assert Scheme(scheme.bits, scheme.stages) == scheme
    assert Scheme("".join(map(str, scheme.bits)), scheme.stages) == scheme
    assert Scheme.from_codes(scheme.codes, scheme.stages) == scheme
    assert Scheme(scheme) == scheme
    assert eval(repr(scheme)) == scheme
    assert hash(Scheme(str(scheme))) == hash(scheme)


@given(schemes())
def test_density_counts_connected_blocks(scheme):
    assert scheme.density * len(scheme) == pytest.approx(str(scheme).count("1"))
    assert scheme.complement.density == pytest.approx(1 - scheme.density)


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_every_scheme_has_the_bits_of_its_number(stages):
    every = list(Scheme.every(stages))
    assert [int("".join(map(str, scheme.bits)), 2) for scheme in every] == list(range(2 ** sum(stages)))
    assert {scheme.stages for scheme in every} == {tuple(stages)}


@given(stages_strategy, st.floats(0, 1), st.integers(0, 1000))
def test_random_has_the_density_asked_for(stages, density, seed):
    scheme = Scheme.random(stages, density, seed)
    assert sum(scheme.bits) == round(density * sum(stages))
    assert scheme == Scheme.random(stages, density, seed)


def test_random_depends_on_the_seed():
    assert len({Scheme.random(STAGES, seed=seed) for seed in range(20)}) > 10


@pytest.mark.parametrize(
    ("attention", "codes"), [("sge", (4, 11, 19, 3)), ("dia", (6, 3, 50, 3)), ("se", (2, 2, 51, 1))]
)
def test_published_schemes_of_resnet50(attention, codes):
    scheme = Scheme.published("resnet50", attention)
    assert scheme.stages == STAGES
    assert scheme.codes == codes


def test_full_and_empty():
    assert str(Scheme.full((2, 3))) == "11 111"
    assert str(Scheme.empty((2, 3))) == "00 000"


def test_first_block_is_the_most_significant_bit():
    assert Scheme("100 0000 000000 000").codes == (4, 0, 0, 0)


def test_immutable():
    with pytest.raises(AttributeError):
        Scheme("10").bits = (1, 1)


def test_numpy_bits_become_plain_integers():
    scheme = Scheme(np.array([True, False]), (2,))
    assert scheme.bits == (1, 0)
    assert all(type(bit) is int for bit in scheme.bits)


@pytest.mark.parametrize(
    ("make", "rule", "value"),
    [
        (lambda: Scheme("102"), "0 or 1", "2"),
        (lambda: Scheme([0, 1, 2], (3,)), "0 or 1", "2"),
        (lambda: Scheme([0, "x"], (2,)), "0 or 1", "x"),
        (lambda: Scheme([0, None], (2,)), "0 or 1", "None"),
        (lambda: Scheme([1, 0]), "stages=", "sequence"),
        (lambda: Scheme([1, 0], (3,)), "one bit per block", r"\(3,\) take 3 bits"),
        (lambda: Scheme("10 11", (3, 1)), r"\(3, 1\)", r"\(2, 2\)"),
        (lambda: Scheme(""), "A scheme has a bit for each block", "the text '' has none"),
        (lambda: Scheme("10", (2, 0)), "positive number of blocks", r"\(2, 0\)"),
        (lambda: Scheme("10", (2.0,)), "positive number of blocks", r"2\.0"),
        (lambda: Scheme("10", "2"), "blocks per stage", "'2'"),
        (lambda: Scheme.from_codes((8, 0, 0, 0), STAGES), r"0 … 7", "8"),
        (lambda: Scheme.from_codes((-1, 0, 0, 0), STAGES), r"0 … 7", "-1"),
        (lambda: Scheme.from_codes((1.5, 0, 0, 0), STAGES), r"0 … 7", r"1\.5"),
        (lambda: Scheme.from_codes((1, 0), STAGES), "One code per stage", r"\(1, 0\)"),
        (lambda: Scheme(None), "a text, as '100 1011', or a sequence", "None"),
        (lambda: Scheme("10", 2), "blocks per stage", "2"),
        (lambda: Scheme.from_codes(None, STAGES), "One code per stage", r"\(None,\)"),
        (lambda: Scheme.published({}, None), "Unknown published scheme", "{} None"),
        (lambda: Scheme.random(STAGES, "half"), "between 0 and 1", "'half'"),
        (lambda: Scheme.random(STAGES, 1.5), "between 0 and 1", r"1\.5"),
        (lambda: Scheme.published("resnet50", "sgee"), "Did you mean 'resnet50 sge'", "sgee"),
    ],
)
def test_errors_name_the_rule_and_the_value(make, rule, value):
    with pytest.raises(ValueError, match=rule) as raised:
        make()
    assert raised.match(value)


@pytest.mark.parametrize("make", [lambda stages: Scheme.from_codes((1,), stages), Scheme.full, Scheme.random])
def test_more_blocks_than_a_network_has_are_refused_at_once(make):
    with pytest.raises(ValueError, match="at most 10,000 residual blocks, but these stages have 10000000"):
        make((10**7,))
    assert len(Scheme.full((10_000,))) == 10_000


@pytest.mark.parametrize("code", [-1, 512, 10**5000, 1.5, float("inf"), float("nan"), "3", None], ids=lambda code: "")
def test_codes_that_are_none(code):
    with pytest.raises(ValueError, match=r"The code of a stage of 9 blocks is a whole number, 0 … 511, not"):
        Scheme.from_codes((code,), (9,))
    with pytest.raises(ValueError, match=r"0 … 2\^9000 − 1, not -1"):
        Scheme.from_codes((-1,), (9000,))


def test_a_flipped_block_and_an_unchecked_scheme_are_schemes_like_any_other():
    scheme = Scheme("10 011")
    assert scheme.flipped(1) == Scheme("11 011")
    assert scheme.flipped(2).flipped(2) == scheme
    unchecked = Scheme.unchecked((1, 0, 0, 1, 1), (2, 3))
    assert unchecked == scheme
    assert hash(unchecked) == hash(scheme)
    assert (str(unchecked), unchecked.codes, len(unchecked)) == ("10 011", scheme.codes, 5)
