"""Does attention pay, where, and at what price: the answer of a run, from its networks' answers to the test images."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from keras_ean.measure.paired import Difference, PairedScores
from keras_ean.run.advice import FOLDING, what_decides
from keras_ean.run.headline import NOT_THERE, TOO_SHORT, folded, negative, tried
from keras_ean.run.networks import FOUND, NETWORKS, title
from keras_ean.run.unit import ACCURACY, Unit
from keras_ean.search.reward import increase

NONE, EVERYWHERE, RANDOM = "plain", "shared", "random"
SENSE = (NONE, FOUND, "genetic", "heuristic", RANDOM, EVERYWHERE, "unshared")
"""Of networks with equally many modules, which one a user would rather take: places that were chosen before others."""


@dataclass(frozen=True)
class Costs:
    """Holds what one of the compared networks costs.

    Attributes:
        title: What the network is called in sentences.
        scheme: The scheme of the network as text, of its first training if they differ.
        live: The number of blocks whose attention is computed at inference.
        parameters: The number of trainable parameters.
        flops: The floating-point operations for one image; None where they could not be counted.
        latency_ms: The milliseconds of inference on a batch, the median; None if it was not timed.
    """

    title: str
    scheme: str
    live: int
    parameters: int
    flops: int | None = None
    latency_ms: float | None = None

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Costs":
        """Takes the costs of a network from the figures of a training.

        Args:
            facts: The figures, as report.json holds them.
        """
        known = {name: facts[name] for name in ("scheme", "parameters", "flops", "latency_ms")}
        return cls(title(facts["name"]), live=facts.get("live", facts["scheme"].count("1")), **known)


@dataclass(frozen=True)
class Verdict:
    """Holds the answer, with its evidence; `str()` says it in whole sentences, `facts()` as JSON values.

    Attributes:
        pays: The answer, with the confidence of the differences. "yes": attention, where it was found or everywhere, is
            better than no attention. "no": it is better by at most the tolerance, wherever it was put. "undecided":
            neither is shown.
        recommended: The name of the network to take: the cheapest candidate whose accuracy is, with that confidence, at
            most the tolerance below that of the best one, which itself always qualifies. Cheap is what has few modules;
            of equally many, chosen places come before random ones, and then few parameters. A random scheme is a
            yardstick, and a candidate only where it is, with that confidence, better than the found one.
        best: The name of the candidate with the highest accuracy.
        gain: The difference of the found network to no attention.
        loss: The difference of attention everywhere to the found network; negative where the found one is better.
        over_random: The difference of the found network to one with a random scheme of equal density; None if that was
            not compared.
        everywhere: The difference of attention everywhere to no attention.
        accuracy: The accuracy of every network by its name, 0 … 1, the mean over trainings and test images.
        intervals: The interval of each of these accuracies, for other trainings and other test images.
        costs: The costs of every network by its name.
        behind: The difference of the best candidate to every other network, by that one's name.
        seeds: The number of trainings of each network.
        images: The number of test images.
        tolerance: The difference in accuracy, 0 … 1, that is not worth paying for.
        unit: The unit of the objective, whose scores are called accuracies here; they are turned so that more is
            better.
        max_latency: How much slower than no attention the recommended network may be, as "+5 %"; None sets no limit.
        subjects: What the test images show, where several show the same thing, as "359 originals"; else empty.
        cautions: Sentences on trainings that had not reached their plateau (`keras_ean.run.plateau`), and on networks
            of which a part left the supernet's training early (`keras_ean.run.left_early`).
        limits: The clause that says what the limits of the search left of all schemes; empty if they left all.
    """

    pays: Literal["yes", "no", "undecided"]
    recommended: str
    best: str
    gain: Difference
    loss: Difference
    over_random: Difference | None
    everywhere: Difference
    accuracy: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]
    costs: Mapping[str, Costs]
    behind: Mapping[str, Difference]
    seeds: int
    images: int
    tolerance: float
    unit: Unit = ACCURACY
    max_latency: str | None = None
    subjects: str = ""
    cautions: tuple[str, ...] = ()
    limits: str = ""

    def facts(self) -> dict[str, Any]:
        """Gives the verdict as JSON values, which `verdict.json` in the folder of a run holds."""
        return {**asdict(self), "sentence": str(self)}

    def __str__(self) -> str:
        answer = self.sentence(), self.recommendation(), *self.cautions
        return "\n".join([*answer, *self.comparisons(), self.scope(), *self.advice()])

    @property
    def doubt(self) -> str:
        """This is what the answer suffers from, "not at the plateau" or "perhaps not at the plateau"; else empty."""
        if any(caution.startswith(NOT_THERE) for caution in self.cautions):
            return NOT_THERE.lower()
        short = any(caution.startswith(TOO_SHORT) for caution in self.cautions)
        return f"perhaps {NOT_THERE.lower()}" if short else ""

    def sentence(self) -> str:
        """Says whether attention pays, for every network with it that may be chosen, and for which trainings."""
        of = f", in networks that are {self.doubt}" if self.doubt else ""
        if self.pays == "yes":
            better = self.gain if self.gain.low > 0 else self.everywhere
            where = "where it was found" if self.gain.low > 0 else "everywhere, though not where it was found,"
            return f"Attention pays{of}: {where} it gains {self.unit.difference(better)} over no attention."
        gains = tried(self.gain if self.costs[FOUND].live else None, self.everywhere, self.unit, self.limits)
        random = ""
        if self.over_random is not None and not self.outdone:
            chosen = max(self.accuracy[FOUND], self.accuracy[EVERYWHERE])
            if self.costs[RANDOM].live and self.accuracy[RANDOM] > chosen:
                random = " A random scheme, a yardstick that is not to be chosen, did better than both."
        if self.pays == "no":
            least = self.unit.amount(self.tolerance)
            return f"Attention does not pay{of}: {gains}, surely less than the {least} that would be worth it.{random}"
        chance = "one training of each network does not tell this from chance: " if self.seeds == 1 else ""
        return f"Undecided{of}: {chance}{gains}.{random}"

    @property
    def outdone(self) -> bool:
        """Says whether a random scheme is, with the confidence of the differences, better than the found one."""
        return self.over_random is not None and self.over_random.high < 0

    def recommendation(self) -> str:
        """Says which network to take, and why."""
        name, costs = self.recommended, self.costs[self.recommended]
        if name == self.best:
            better = [one for one, reached in self.accuracy.items() if reached > self.accuracy[name]]
            rest = "the best but for the random one" if better == [RANDOM] else "the best of those to choose from"
            why = rest if better else "the best one measured"
            why += ", and the cheapest" if name == NONE else ", and no cheaper one is shown to be as good"
        else:
            behind = self.unit.number(self.unit.turned(max(0.0, self.behind[name].high)), 2)
            why = (
                f"the cheapest that is, with {100 * self.gain.confidence:g} % confidence, at most "
                f"{self.unit.amount(self.tolerance)} worse than the best (at most {behind} worse than "
                f"{self.costs[self.best].title})"
            )
        if self.max_latency is not None and name != NONE:
            why += f", and no more than {self.max_latency} slower than no attention"
        text = f"Recommended: {costs.title}, {self.unit.value(self.accuracy[name], self.intervals[name])}: {why}."
        if name != NONE:
            still = "" if self.pays == "yes" else " It is the best guess, which does not show that attention pays."
            return f"{text} Its scheme is {costs.scheme}{folded(costs.scheme.count('1'), costs.live)}.{still}"
        if self.pays == "yes":
            return f"{text} What attention gains is less than is worth paying for: leave it out."
        if self.pays == "undecided":
            return f"{text} Until it is decided, leave attention out: nothing that costs more is shown to be better."
        return f"{text} That no attention is needed is a result, not a failure: leave it out."

    def comparisons(self) -> list[str]:
        """Gives the lines on the differences that the answer stands on."""
        everywhere = f"Everywhere against no attention: {self.unit.difference(self.everywhere)}."
        limited = [f"{self.limits[0].upper()}{self.limits[1:]}."] if self.limits else []
        if not self.costs[FOUND].live:
            none = "The search found no attention to be best: the found network is the one without."
            return [*limited, none, everywhere]
        lines = [
            *limited,
            f"Found against no attention: {self.unit.difference(self.gain)}.",
            everywhere,
            f"Found against attention everywhere: {self.unit.difference(negative(self.loss))}.",
        ]
        if self.over_random is not None:
            over = self.unit.difference(self.over_random)
            lines.append(f"Found against a random scheme of equal density: {over}. {self.places()}")
        return lines

    def places(self) -> str:
        """Says whether the search has chosen better places than chance."""
        assert self.over_random is not None
        if self.costs[RANDOM].scheme == self.costs[FOUND].scheme:
            return "There is only one scheme of this density."
        if self.over_random.low > 0:
            return "The search has found better places than chance."
        if self.outdone:
            return "Chance has found better places than the search."
        return "That the search has found better places than chance is not shown."

    @property
    def tested(self) -> str:
        """This is what was tested on, as sentences have it, such as "1,436 test images of 359 originals"."""
        return f"{self.images:,} test images{f' of {self.subjects}' if self.subjects else ''}"

    @property
    def others(self) -> str:
        """This is what else could be tested on, as sentences have it, such as "test images of other originals"."""
        return f"test images of other {self.subjects.partition(' ')[2]}" if self.subjects else "other test images"

    def scope(self) -> str:
        """Says what the intervals hold, and what they do not."""
        varied = self.others if self.seeds == 1 else f"other orders of training and {self.others}"
        return (
            f"The intervals hold, with {100 * self.gain.confidence:g} % confidence, for these schemes from this "
            f"supernet under {varied}. Another supernet may give another scheme and other differences: a run with "
            "another seed, in another folder, shows how far they differ. The recommended network was chosen by these "
            "test images, which makes its figures on them a little optimistic."
        )

    def advice(self) -> list[str]:
        """Gives the sentences on what would decide an undecided question, or make the recommended network cheaper."""
        if self.pays == "undecided":
            both = self.gain, self.everywhere
            return [what_decides(both, self.seeds, self.images, self.tolerance, self.unit, self.subjects)]
        folded = any(NETWORKS[name].folds for name in self.costs)
        return [FOLDING] if self.costs[self.recommended].live and not folded else []


def decide(
    scores: PairedScores,
    costs: Mapping[str, Costs],
    tolerance: float = 0.005,
    unit: Unit = ACCURACY,
    max_latency: str | None = None,
) -> Verdict:
    """Gives the verdict on networks that were scored on the same test images under the same seeds.

    Args:
        scores: The scores by network: "plain" (no attention), "found", "shared" (everywhere), and any others, such as
            "random".
        costs: The costs of the same networks by their names.
        tolerance: The difference in accuracy, 0 … 1, that is not worth paying for.
        unit: The unit of the objective.
        max_latency: How much slower than no attention a candidate may be, as "+5 %"; None sets no limit.

    Raises:
        ValueError: One of the three named networks is missing, the costs are of other networks than the scores, or the
            tolerance is below 0.
    """
    missing = [name for name in (NONE, FOUND, EVERYWHERE) if name not in scores.scores]
    if missing:
        raise ValueError(f"A verdict compares {NONE}, {FOUND} and {EVERYWHERE}, but {', '.join(missing)} is missing.")
    if costs.keys() != scores.scores.keys():
        raise ValueError(f"There are scores of {sorted(scores.scores)}, but costs of {sorted(costs)}.")
    if not tolerance >= 0:
        raise ValueError(f"The tolerance is a difference in accuracy from 0 on, not {tolerance!r}.")
    accuracy = {name: scores.mean(name) for name in scores.scores}
    sense = {name: place for place, name in enumerate(SENSE)}
    cheap = sorted(costs, key=lambda one: (costs[one].live, sense.get(one, len(sense)), costs[one].parameters))
    if RANDOM in cheap and scores.difference(RANDOM, FOUND).low <= 0:
        cheap.remove(RANDOM)
    cheap = [name for name in cheap if not too_slow(costs[name], costs[NONE], max_latency)]
    best = max(cheap, key=lambda name: accuracy[name])
    behind = {name: scores.difference(best, name) for name in costs if name != best}
    recommended = next(name for name in cheap if name == best or behind[name].high <= tolerance)
    gain, everywhere = scores.difference(FOUND, NONE), scores.difference(EVERYWHERE, NONE)
    pays: Literal["yes", "no", "undecided"] = "undecided"
    if scores.seeds > 1 and max(gain.low, everywhere.low) > 0:
        pays = "yes"
    elif scores.seeds > 1 and max(gain.high, everywhere.high) <= tolerance:
        pays = "no"
    return Verdict(
        pays,
        recommended,
        best,
        gain,
        scores.difference(EVERYWHERE, FOUND),
        scores.difference(FOUND, RANDOM) if RANDOM in scores.scores else None,
        everywhere,
        accuracy,
        {name: scores.interval(name) for name in scores.scores},
        dict(costs),
        behind,
        scores.seeds,
        scores.images,
        tolerance,
        unit,
        max_latency,
    )


def too_slow(costs: Costs, plain: Costs, limit: str | None) -> bool:
    """Says whether a network of these `costs` was measured to take longer than a `limit` such as "+5 %" over `plain`,
    the costs of the network without attention; None sets no limit.
    """
    if limit is None or costs.latency_ms is None or plain.latency_ms is None:
        return False
    return costs.latency_ms > (1 + increase(limit)) * plain.latency_ms
