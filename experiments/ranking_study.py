"""What a table of EAN-Bench says of supernets, of searches, and of the paper's claims; ready for JSON."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from replays import (
    BUDGETS,
    NOISY,
    SEARCHERS,
    best_of_few,
    halves,
    judged_accuracy,
    on_trainings,
    paired_accuracy,
    replay,
    signals,
)

from keras_ean.bench import Table
from keras_ean.measure import ceiling, effects, half_agreement, kendall, seed_agreement
from keras_ean.search import GaussianProcess

OWN = ("random, best seen", "screening", "surrogate", "surrogate, scored again")
"""Searchers that are replayed with initial weights of each scheme's own, too."""
RANDOM = "random, best seen"
DEFAULT = "surrogate, scored again"
"""What `SchemeTuner` does by default with a noisy evaluator."""
DEFAULT_ON_SUPERNET = "surrogate"
FEW = (4, 8)
"""Trainings that a supernet and its search cost as well."""
CLAIMED = 64
"""Budget of the searches that the claims are about."""


def study(table: Table, folder: Path, repetitions: int) -> dict:
    """Everything about one table; accuracies in points."""
    kept = {path.stem: dict(np.load(path)) for path in sorted(folder.glob("*.npz"))}
    own = kept.pop("unshared", None)
    found = {name: on_trainings(table, name, repetitions) for name in NOISY}
    apart = {f"{name}, own initial weights": on_trainings(table, name, repetitions, common=False) for name in OWN}
    training = float(own["seconds"]) if own else float("nan")
    true = truth(table)
    top = max(true["best"].values())
    usual = on_supernets(table, top, kept, training, max(1, repetitions // 10))
    return {
        "truth": true,
        "supernets": supernets(table, kept, training),
        "trainings": {name: regrets(table, top, *named) for name, named in {**found, **apart}.items()},
        "few": [[few, *regrets(table, top, *best_of_few(table, few))] for few in FEW],
        "less_default": less_default(table, found),
        "signals": [signals(table, DEFAULT, repetitions, shuffled) for shuffled in (False, True)],
        "usual": usual,
        "claims": claims(table, *found[DEFAULT], usual) | (sharing(table, own) if own else {}),
        "facts": table.facts,
    }


def spread(values: Iterable[float]) -> list[float]:
    """Mean and standard deviation."""
    values = np.array(list(values))
    return [float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else 0.0]


def truth(table: Table) -> dict:
    accuracy, paired = 100 * table.accuracy.astype("float64"), paired_accuracy(table)
    means, noise = paired.mean(axis=1), paired.var(axis=1, ddof=1).mean()
    fitted = effects(table.bits, paired, table.stages)
    return {
        "none": spread(paired[0]),
        "full": spread(paired[-1]),
        "mean": float(means.mean()),
        "noise_of_one_training": float(np.sqrt(noise)),
        "noise_of_initial_weights": float(np.std(accuracy.mean(axis=0), ddof=1)),
        "true_spread": float(np.sqrt(max(0.0, means.var(ddof=1) - noise / accuracy.shape[1]))),
        "linear_share": float(np.corrcoef(means, additive(table))[0, 1] ** 2),
        "tau_density": kendall(table.bits.sum(axis=1), means),
        "tau_two_seeds": seed_agreement(accuracy),
        "tau_halves": half_agreement(accuracy),
        "ceiling": ceiling(paired),
        "effects": [[block.effect, block.error] for block in fitted.blocks],
        "best_by_effects": str(fitted.scheme),
        "best": best(table),
    }


def additive(table: Table) -> np.ndarray:
    """Mean accuracy as main effects alone would have it, (schemes,)."""
    design = np.column_stack([np.ones(len(table.schemes)), table.bits])
    return design @ np.linalg.lstsq(design, table.accuracy.mean(axis=1))[0]


def best(table: Table) -> dict[str, float]:
    """What the best scheme is worth, without luck, by rule: named on half of the seeds, judged on the others.

    The highest of these is what regrets are counted from; none and full are schemes that nobody has to search for.
    """
    paired, found = paired_accuracy(table), {"highest mean": [], "regression": [], "effects": []}
    for repetition in range(20):
        first, second = halves(paired.shape[1], repetition)
        means, true = paired[:, first].mean(axis=1), paired[:, second].mean(axis=1)
        found["highest mean"].append(true[means.argmax()])
        found["regression"].append(true[GaussianProcess(table.bits, means).expect(table.bits).argmax()])
        found["effects"].append(true[table.row(effects(table.bits, means, table.stages).scheme)])
    rules = {rule: float(np.mean(values)) for rule, values in found.items()}
    return {**rules, "none": float(paired[0].mean()), "full": float(paired[-1].mean())}


def supernets(table: Table, kept: dict[str, dict], training: float) -> list[dict]:
    """Per kind of supernet and score: tau with the truth, true accuracies of the schemes it names, costs."""
    rows: dict[tuple, list[dict]] = {}
    means = paired_accuracy(table).mean(axis=1)
    for stem, arrays in kept.items():
        sampling, times, distill, _ = stem.rsplit("-", 3)
        spent, numbers = json.loads(str(arrays["seconds"])), arrays["numbers"]
        for kind in ("raw", "calibrated", "tuned"):
            if kind not in arrays:
                continue
            scores = arrays[kind].astype("float64")
            named = table.row(effects(table.bits[numbers], scores, table.stages).scheme)
            rows.setdefault((sampling, int(times), float(distill), kind), []).append(
                {
                    "tau": kendall(scores, means[numbers]),
                    "tau_effects": kendall(scores, additive(table)[numbers]),
                    "tau_density": kendall(scores, table.bits[numbers].sum(axis=1)),
                    "named": float(means[named]),
                    "highest": float(means[numbers[scores.argmax()]]),
                    "trainings": (spent["pretraining"] + spent[kind]) / training,
                }
            )
    return [
        {
            "sampling": sampling,
            "times": times,
            "distill": distill,
            "score": kind,
            **{name: spread(run[name] for run in runs) for name in runs[0]},
            "runs": {name: [run[name] for run in runs] for name in ("tau", "named")},
        }
        for (sampling, times, distill, kind), runs in rows.items()
    ]


def regrets(table: Table, top: float, rows: np.ndarray, judges: np.ndarray) -> list[dict[str, float]]:
    """Per budget: what named schemes lack to `top`; mean, standard deviation over searches, and standard error."""
    lacks = top - judged_accuracy(table, rows, judges)
    deviations = lacks.std(axis=0, ddof=1)
    columns = zip(lacks.mean(axis=0), deviations, deviations / np.sqrt(len(lacks)), strict=True)
    return [dict(zip(("regret", "deviation", "error"), map(float, column), strict=True)) for column in columns]


def less_default(table: Table, found: dict) -> dict[str, list[list[float]]]:
    """Per searcher and budget: its regret less the default's in the same repetition, with a 95 % interval."""
    default, differences = judged_accuracy(table, *found[DEFAULT]), {}
    for name, named in found.items():
        if name != DEFAULT:
            differences[name] = [over(column) for column in (default - judged_accuracy(table, *named)).T]
    return differences


def on_supernets(table: Table, top: float, kept: dict[str, dict], training: float, repetitions: int) -> dict[str, dict]:
    """Searches replayed on the scores of the supernets that scored all schemes, by kind of score and searcher."""
    usual = [arrays for arrays in kept.values() if "raw all" in arrays]
    found: dict[str, dict] = {}
    means = paired_accuracy(table).mean(axis=1)
    for kind in ("raw", "calibrated") if usual else ():
        found[kind] = {"searchers": {}}
        for name in SEARCHERS:
            # (supernets, repetitions, budgets)
            rows = np.array(
                [
                    [replay(table, name, arrays[f"{kind} all"][:, None], seed) for seed in range(repetitions)]
                    for arrays in usual
                ]
            )
            lacks = top - means[rows].mean(axis=1)
            points = [dict(zip(("regret", "deviation"), spread(column), strict=True)) for column in lacks.T]
            found[kind]["searchers"][name] = points
            if name == DEFAULT_ON_SUPERNET:
                gains = np.nanmean(equal_density(table, means)[rows[..., BUDGETS.index(CLAIMED)]], axis=1)
                found[kind]["found_less_random_of_equal_density"] = over(gains)
        spent = [json.loads(str(arrays["seconds"])) for arrays in usual]
        pretraining = np.mean([one["pretraining"] for one in spent]) / training
        score = np.mean([one[kind] for one in spent]) / len(usual[0]["numbers"]) / training
        found[kind]["trainings"] = [float(pretraining + budget * score) for budget in BUDGETS]
    return found


def equal_density(table: Table, accuracy: np.ndarray) -> np.ndarray:
    """Accuracy (schemes,) or (schemes, seeds) less the mean of the other schemes of as many connections; NaN for none
    and full, which are the only ones of theirs."""
    density = table.bits.sum(axis=1)
    same = density[:, None] == density
    others = (same.sum(axis=1) - 1.0).reshape(-1, *[1] * (accuracy.ndim - 1))
    total = np.tensordot(same.astype("float64"), accuracy, 1)
    return accuracy - (total - accuracy) / np.where(others > 0, others, np.nan)


def claims(table: Table, rows: np.ndarray, judges: np.ndarray, usual: dict) -> dict[str, list[float]]:
    """The paper's claims: value and 95 % interval by Student's t over the seeds; of a share, by bootstrap over seeds.

    A found scheme is judged seed by seed, over all searches that the seed may judge.
    """
    accuracy, density = 100 * table.accuracy.astype("float64"), table.bits.sum(axis=1)
    sparse, seeds = np.flatnonzero(density < density.max()), accuracy.shape[1]
    named = rows[:, BUDGETS.index(CLAIMED)]

    def matching(rival: int) -> Callable[[np.ndarray], float]:
        return lambda drawn: (
            100 * float((accuracy[sparse][:, drawn].mean(axis=1) >= accuracy[rival, drawn].mean()).mean())
        )

    def gain(over_what: np.ndarray) -> list[float]:
        judging = [seed for seed in range(seeds) if judges[:, seed].any()]
        return over(np.nanmean(over_what[named[judges[:, seed]], seed]) for seed in judging)

    found = {
        "sparse_at_least_full": bootstrap(matching(-1), seeds),
        "sparse_at_least_none": bootstrap(matching(0), seeds),
        "full_less_none": over(accuracy[-1] - accuracy[0]),
        "mean_less_none": over(accuracy.mean(axis=0) - accuracy[0]),
        "found_less_random": gain(equal_density(table, accuracy)),
        "found_less_full": gain(accuracy - accuracy[-1]),
        "found_less_none": gain(accuracy - accuracy[0]),
    }
    for kind, result in usual.items():
        found[f"{kind}_found_less_random"] = result["found_less_random_of_equal_density"]
    return found


def sharing(table: Table, own: dict) -> dict[str, list[float]]:
    """What sharing the module gains, on the full scheme and on random ones."""
    rows = [table.row([int(bit) for bit in bits]) for bits in own["bits"]]
    gains = 100 * (table.accuracy[rows].astype("float64") - own["accuracy"])
    return {
        "shared_less_unshared_full": over(gains[0]),
        "shared_less_unshared_random": over(gains[1:].mean(axis=0)),
    }


def over(values: Iterable[float], confidence: float = 0.95) -> list[float]:
    """Mean and its interval by Student's t."""
    from scipy import special

    values = np.array(list(values))
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.inf
    margin = special.stdtrit(max(1, len(values) - 1), 0.5 + confidence / 2) * error
    return [float(values.mean()), float(values.mean() - margin), float(values.mean() + margin)]


def bootstrap(statistic: Callable[[np.ndarray], float], seeds: int, resamples: int = 1000) -> list[float]:
    """Value, and the 2.5th and 97.5th percentile over resampled seeds."""
    draw = np.random.default_rng(0)
    values = [statistic(draw.integers(0, seeds, seeds)) for _ in range(resamples)]
    return [statistic(np.arange(seeds)), *map(float, np.percentile(values, (2.5, 97.5)))]
