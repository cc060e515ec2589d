"""The tuner end to end, against evaluators that count; test_tuner_of_supernets.py has networks."""

import keras_tuner
import numpy as np
import pytest

from keras_ean.scheme import Scheme
from keras_ean.search import Evaluator, NoSignalWarning, RandomOracle, ReinforceOracle, SchemeTuner


class Counting(Evaluator):
    """Linear in the bits, and remembers what it was asked."""

    images = 1000
    schemes_per_pass = 16

    def __init__(self, weights):
        self.weights = np.array(weights)
        self.asked: list[Scheme] = []
        self.passes = 0

    def score(self, schemes, share=1.0, repeat=0):
        self.passes += 1
        self.asked.extend(schemes)
        return [{"accuracy": float(self.weights @ scheme.bits)} for scheme in schemes]


class Noisy(Counting):
    """Scores under noise that depends on the scheme and the number of the repeat."""

    noisy = True
    schemes_per_pass = 1

    def score(self, schemes, share=1.0, repeat=0):
        draw = [np.random.default_rng([repeat, *scheme.bits]).normal() for scheme in schemes]
        return [{"accuracy": score["accuracy"] + d} for score, d in zip(super().score(schemes), draw, strict=True)]


@pytest.fixture
def evaluator():
    return Counting([0.3, -0.2, 0.1, -0.1, 0.2, -0.3])


def tuner_of(evaluator, folder, **options):
    oracle = ReinforceOracle((2, 4), seed=0, **{"sparsity_weight": 0, "max_steps": 80, **options})
    return SchemeTuner(None, oracle, evaluator=evaluator, directory=folder)


def test_finds_the_best_scheme_and_scores_none_twice(evaluator, tmp_path):
    tuner = tuner_of(evaluator, tmp_path)
    tuner.search(verbose=0)
    assert tuner.best_scheme() == Scheme("10 1010")
    assert len(evaluator.asked) == len(set(evaluator.asked)) == len(tuner.evaluations())
    assert evaluator.passes < len(evaluator.asked)


def test_accuracy_and_reward_are_told_apart(evaluator, tmp_path, capsys):
    tuner = tuner_of(evaluator, tmp_path, sparsity_weight=1.0)
    tuner.search()
    best = tuner.ledger.best()[0]
    accuracy = best.metrics["accuracy"]
    assert best.reward == pytest.approx(accuracy + 1 - best.scheme.density)
    assert tuner.oracle.get_best_trials()[0].score == accuracy
    told = f"accuracy {accuracy:.4f}, reward {best.reward:.4f}"
    note = tuner.bar.bar.tasks[0].fields["note"]
    assert note.startswith(f"{len(tuner.evaluations())} schemes  best: {told}, {best.scheme}  policy ")
    capsys.readouterr()
    tuner.results_summary(3)
    first, *others = capsys.readouterr().out.splitlines()
    assert first == f"{best.scheme}  accuracy {accuracy:.4f}  reward {best.reward:.4f}"
    assert len(others) == 2


def test_a_finished_search_is_taken_up_as_finished(evaluator, tmp_path):
    first = tuner_of(evaluator, tmp_path)
    first.search(verbose=0)
    again = Counting(evaluator.weights)
    second = tuner_of(again, tmp_path)
    second.search(verbose=0)
    assert not again.asked
    assert second.best_scheme() == first.best_scheme()
    assert second.evaluations() == first.evaluations()


def test_the_conclusion_is_drawn_from_all_that_the_search_knows(evaluator, tmp_path, monkeypatch):
    monkeypatch.setattr("keras_ean.search.host.tuner.conclude", lambda *given: given)
    tuner = tuner_of(evaluator, tmp_path, compare_random=True)
    tuner.search(verbose=0)
    ledger = tuner.ledger
    assert len(ledger.phases.drawn) > 1
    told = tuner.evaluations(), ledger.phases.reason, tuner.repeats(), ledger.plan.reward, ledger.phases.drawn
    assert tuner.conclusion() == (*told, evaluator.images, tuner.plan.objective, "max")
    drawn_alone = SchemeTuner(
        None, RandomOracle((2, 4), seed=0, max_schemes=5), evaluator=evaluator, directory=tmp_path / "random"
    )
    drawn_alone.search(verbose=0)
    assert drawn_alone.conclusion()[4] == [one.scheme for one in drawn_alone.evaluations()]


def test_overwrite_starts_anew(evaluator, tmp_path):
    tuner_of(evaluator, tmp_path).search(verbose=0)
    oracle = ReinforceOracle((2, 4), seed=1, max_steps=2)
    tuner = SchemeTuner(None, oracle, evaluator=evaluator, directory=tmp_path, overwrite=True)
    assert tuner.evaluations() == []


def test_changed_settings_are_refused_with_the_difference(evaluator, tmp_path):
    tuner_of(evaluator, tmp_path).search(verbose=0)
    with pytest.raises(ValueError, match=r"learning_rate was 0\.05 and is now 0\.1"):
        tuner_of(evaluator, tmp_path, learning_rate=0.1)


def test_changed_settings_of_the_evaluator_are_refused_with_the_difference(evaluator, tmp_path):
    evaluator.settings = lambda: {"recipe": "short"}
    tuner_of(evaluator, tmp_path).search(verbose=0)
    evaluator.settings = lambda: {"recipe": "long"}
    with pytest.raises(ValueError, match="recipe was 'short' and is now 'long'"):
        tuner_of(evaluator, tmp_path).search(verbose=0)


def test_random_search_is_measured_if_asked_for_and_names_nothing(tmp_path):
    evaluator = Counting([3.0, -2.0, 1.0, -1.0, 2.0, -3.0])
    tuner = tuner_of(evaluator, tmp_path / "measured", max_steps=4, compare_random=True)
    tuner.search(verbose=0)
    rewards = {e.scheme: e.reward for e in tuner.evaluations()}
    searched = [e for e in tuner.evaluations() if e.origin == "search"]
    drawn = tuner.ledger.phases.drawn
    assert len(set(drawn)) == len(searched) == tuner.conclusion().evaluations
    assert tuner.conclusion().random == max(rewards[scheme] for scheme in drawn)
    assert tuner.conclusion().random_measured
    named = {tuner.best_scheme(), Scheme(tuner.get_best_hyperparameters()[0].values.values(), (2, 4))}
    assert named <= {e.scheme for e in searched}
    tuner = tuner_of(evaluator, tmp_path / "estimated", max_steps=4)
    tuner.search(verbose=0)
    assert {one.origin for one in tuner.evaluations()} == {"search"}
    assert not tuner.conclusion().random_measured
    tuner = SchemeTuner(None, RandomOracle((2, 4), max_steps=4), evaluator=evaluator, directory=tmp_path / "random")
    tuner.search(verbose=0)
    assert tuner.conclusion().random == tuner.conclusion().highest.reward
    assert len(tuner.evaluations()) == 12


def test_without_a_signal_the_best_scheme_comes_with_a_warning(tmp_path):
    evaluator = Noisy(np.zeros(6))
    evaluator.noisy = False
    tuner = SchemeTuner(None, RandomOracle((2, 4), max_steps=20, seed=0), evaluator=evaluator, directory=tmp_path)
    tuner.search(verbose=0)
    with pytest.warns(NoSignalWarning, match="No signal"):
        assert isinstance(tuner.best_scheme(), Scheme)


def test_what_a_noisy_evaluator_scored_is_read_with_its_class_alone(tmp_path):
    tuner = tuner_of(Noisy(np.arange(6.0)), tmp_path, max_steps=3)
    tuner.search(verbose=0)
    reader = tuner_of(Noisy, tmp_path, max_steps=3)
    assert reader.evaluations() == tuner.evaluations()
    assert len(reader.repeats()) == len(tuner.repeats()) == 15
    assert str(reader.conclusion()) == str(tuner.conclusion())
    with pytest.raises(ValueError, match="search needs an evaluator to score with, but evaluator= is the class Noisy"):
        reader.search(verbose=0)


def test_a_noisy_evaluator_scores_the_contenders_again_and_they_are_counted(tmp_path):
    evaluator = Noisy(2 * np.array([0.3, -0.2, 0.1, -0.1, 0.2, -0.3]))
    tuner = SchemeTuner(
        None, ReinforceOracle((2, 4), max_steps=10, seed=0), evaluator=evaluator, directory=tmp_path, repeats=4
    )
    tuner.search(verbose=0)
    evaluations, repeats = tuner.evaluations(), tuner.repeats()
    assert len({e.scheme for e in evaluations}) == len(evaluations)
    assert [e.repeat for e in repeats] == [1] * 5 + [2] * 5 + [3] * 5 + [4] * 5
    assert len({e.scheme for e in repeats}) == 5
    assert len(evaluator.asked) == len(evaluations) + 20
    assert len({e.reward for e in repeats}) == 20
    conclusion = tuner.conclusion()
    assert conclusion.rescored == 20
    assert conclusion.best in {e.scheme for e in repeats}
    assert not conclusion.random_measured
    evaluator.repeats = 2
    with pytest.raises(ValueError, match="repeats was 4 and is now 2"):
        SchemeTuner(None, ReinforceOracle((2, 4), max_steps=10, seed=0), evaluator=evaluator, directory=tmp_path)


def test_validation_metrics_go_by_the_name_that_keras_gives_them(evaluator, tmp_path):
    tuner = tuner_of(evaluator, tmp_path, objective=keras_tuner.Objective("val_accuracy", "max"), max_steps=2)
    tuner.search(verbose=0)
    assert all(e.metrics["val_accuracy"] == e.metrics["accuracy"] for e in tuner.evaluations())


def test_what_keras_tuners_users_write_makes_the_default_oracle(evaluator, tmp_path):
    options = {"evaluator": evaluator, "directory": tmp_path}
    tuner = SchemeTuner(None, stages=(2, 4), objective="val_accuracy", max_trials=6, seed=0, **options)
    tuner.search(verbose=0)
    assert (tuner.plan.name, tuner.plan.objective, tuner.plan.seed) == ("SurrogateOracle", "val_accuracy", 0)
    assert len(tuner.evaluations()) == 6
    oracle = ReinforceOracle((2, 4))
    with pytest.raises(TypeError, match=r"no argument 'objective' beside an oracle: .* ReinforceOracle\(objective=…"):
        SchemeTuner(None, oracle, objective="val_accuracy", **options)
    with pytest.raises(TypeError, match="SchemeHyperModel"):
        SchemeTuner(hypermodel=print, objective="val_accuracy", **options)
    with pytest.raises(ValueError, match="Unknown option 'executions_per_trial'"):
        SchemeTuner(None, executions_per_trial=2, **options)
    with pytest.raises(ValueError, match="give max_schemes=5 in place of max_trials"):
        ReinforceOracle(max_trials=5)


def test_an_evaluator_that_fails_is_shown(tmp_path):
    class Broken(Evaluator):
        def score(self, schemes, share=1.0, repeat=0):
            raise ValueError("no such image")

    with pytest.raises(RuntimeError, match="no such image"):
        tuner_of(Broken(), tmp_path).search(verbose=0)


def test_a_search_that_failed_at_once_goes_on_with_the_right_evaluator(tmp_path):
    class Broken(Counting):
        def settings(self):
            return {"labels": "wrong"}

        def score(self, schemes, share=1.0, repeat=0):
            raise ValueError("no such label")

    with pytest.raises(RuntimeError, match="no such label"):
        tuner_of(Broken([1.0] * 6), tmp_path).search(verbose=0)
    tuner = tuner_of(Counting([1.0] * 6), tmp_path, max_steps=2)
    tuner.search(verbose=0)
    undisturbed = tuner_of(Counting([1.0] * 6), tmp_path / "other", max_steps=2)
    undisturbed.search(verbose=0)
    assert [e.scheme for e in tuner.evaluations()] == [e.scheme for e in undisturbed.evaluations()]
    with pytest.raises(ValueError, match="labels was None and is now 'wrong'"):
        tuner_of(Broken([1.0] * 6), tmp_path, max_steps=2).search(verbose=0)


def test_how_many_schemes_share_a_pass_may_change(evaluator, tmp_path):
    whole = tuner_of(Counting(evaluator.weights), tmp_path / "whole", max_steps=20)
    whole.search(verbose=0)
    evaluator.schemes_per_pass = 1
    stopped = tuner_of(evaluator, tmp_path / "stopped", max_steps=20)
    stopped.pre_create_trial = lambda: stop_after(5, stopped)
    with pytest.raises(KeyboardInterrupt):
        stopped.search(verbose=0)
    evaluator.schemes_per_pass = 4
    tuner = tuner_of(evaluator, tmp_path / "stopped", max_steps=20)
    tuner.search(verbose=0)
    assert [(e.scheme, e.reward) for e in tuner.evaluations()] == [(e.scheme, e.reward) for e in whole.evaluations()]


def stop_after(trials, tuner):
    if len(tuner.evaluations()) >= trials:
        raise KeyboardInterrupt


def test_an_evaluator_keeps_the_contract(tmp_path):
    class Duck:
        def score(self, schemes):
            return [{"accuracy": 0.0} for _ in schemes]

    with pytest.raises(ValueError, match="evaluator= is an ean.search.Evaluator: derive your class from it"):
        tuner_of(Duck(), tmp_path)
    with pytest.raises(ValueError, match="needs a supernet"):
        SchemeTuner(None, ReinforceOracle((2, 2)), directory=tmp_path)
    with pytest.raises(ValueError, match="No scheme was scored"):
        tuner_of(Counting([1] * 6), tmp_path).best_scheme()


def test_the_front_has_the_schemes_that_none_beats_on_all_axes(evaluator, tmp_path):
    tuner = tuner_of(evaluator, tmp_path, max_steps=6)
    tuner.search(verbose=0)
    scored = {one.scheme: (one.parts["objective"], 1 - one.scheme.density) for one in tuner.evaluations()}
    assert all(one.parts["sparsity"] == scored[one.scheme][1] for one in tuner.evaluations())

    def beaten(scheme, sign=1):
        own = np.array(scored[scheme]) * (1, sign)
        return any((other >= own).all() and (other > own).any() for other in np.array([*scored.values()]) * (1, sign))

    assert {one.scheme for one in tuner.pareto_front()} == {scheme for scheme in scored if not beaten(scheme)}
    dense = {one.scheme for one in tuner.pareto_front(["objective", "-sparsity"])}
    assert dense == {scheme for scheme in scored if not beaten(scheme, -1)}
