"""How far schemes are apart, image by image: which are compared, with which, and in what words."""

from keras_ean import Scheme
from keras_ean.search import Evaluation
from keras_ean.search.answers import from_text, paired, to_text
from keras_ean.search.outcome import differences
from keras_ean.search.outcome.differences import summary


def scored(text, answers, **options):
    told = None if answers is None else to_text(answers)
    reward = options.pop("reward", 0.5)
    return Evaluation(Scheme(text), reward, parts={"objective": reward}, answers=told, **options)


def test_schemes_are_compared_with_the_highest_reward_on_all_images_or_one_that_is_named():
    best = scored("11", [1, 1, 1, 0], reward=0.75)
    part = scored("10", [1, 0], reward=1.0, share=0.5)
    silent, again = scored("00", None, reward=0.9), scored("01", [0, 0, 0, 1], reward=0.95, repeat=1)
    evaluations = [best, part, silent, again]
    assert differences(evaluations) == {
        one.scheme: paired(from_text(one.answers), from_text(best.answers)) for one in (best, part)
    }
    assert differences(evaluations, part.scheme)[best.scheme] == (0.5, 0.5, 2)
    for other in (silent.scheme, again.scheme, Scheme("0")):
        assert differences(evaluations, other) == {}
    assert differences([part, silent, again]) == differences([]) == {}


def test_a_line_tells_each_difference_from_the_first_where_it_is_known():
    best = scored("11", [1, 1, 1, 1], reward=1.0)
    others = scored("01", [1, 0, 1, 1], reward=0.75), scored("00", None), scored("10", [1, 1, 0, 0])
    assert summary([best, *others], "acc") == [
        "11  acc 1.0000  reward 1.0000",
        "01  acc 0.7500  reward 0.7500  -0.2500 ± 0.2958 to the first",
        "00  acc 0.5000  reward 0.5000",
        "10  acc 0.5000  reward 0.5000  -0.5000 ± 0.3162 to the first",
    ]
    assert summary([], "acc") == []
