"""Does reduced precision cost accuracy, in the training of networks, of the supernet, and in scores?

    python experiments/precision.py [--seeds 3] [--quick] [--publish]

scikit-learn's digits under random light, ResNet-20 of width 8, SE in every block. For each Keras policy and seed: a
network trained from scratch; a supernet, whose mean calibrated score over 32 schemes stands for its training; and the
same weights scored in that precision and in float32, for how alike they order the schemes.
"""

import statistics
from dataclasses import replace
from typing import Annotated

import keras
import numpy as np
import typer
from run import keep

import keras_ean as ean
from keras_ean import data, recipes
from keras_ean.measure import kendall
from keras_ean.run.report import mean_spread
from keras_ean.supernet import sampling

POLICIES = ("float32", "mixed_bfloat16", "mixed_float16")
FIGURES = {"accuracy": "network, top-1 %", "scores": "supernet, mean score %", "tau": "tau of scores with float32's"}


def fitted(model: keras.Model, images: data.ImageData, recipe: recipes.Recipe, epochs: int, seed: int) -> keras.Model:
    batches = recipe.batches(images.train, seed=seed)
    recipe.compile(model, len(batches), epochs)
    model.fit(batches, epochs=epochs, shuffle=False, verbose=0)
    return model


def one(
    images: data.ImageData, backbone, policy: str, seed: int, epochs: int, supernet_epochs: int, schemes: int
) -> dict:
    """Figures of a policy and seed; accuracies from 0 to 1."""
    recipe, shape = replace(recipes.get("digits-short"), precision=policy), (images.shape, images.classes)
    options = {"reduction": 4}
    keras.utils.set_random_seed(seed)
    with recipe.policy():
        network = ean.build_network(
            backbone, ean.attention.get("se", **options), ean.Scheme.full(backbone.stages), *shape
        )
    fitted(network, images, recipe, epochs, seed)
    figures = network.evaluate(images.test.batches(256), verbose=0, return_dict=True)
    keras.utils.set_random_seed(seed)
    with recipe.policy():
        supernet = ean.build_supernet(backbone, ean.attention.get("se", **options), *shape, seed=seed)
    fitted(supernet, images, recipe, supernet_epochs, seed)
    exact = ean.build_supernet(backbone, ean.attention.get("se", **options), *shape)
    exact.set_weights(supernet.get_weights())
    rows = sampling.stratified(schemes, sum(backbone.stages), keras.random.SeedGenerator(0))
    bits = keras.ops.convert_to_numpy(rows).astype(int).tolist()
    calibration, validation = images.train.take(np.arange(512) % len(images.train)).arrays()[0], images.validation
    scores = [
        [
            score["accuracy"]
            for score in ean.search.SupernetEvaluator(model, validation.arrays(), calibration=calibration).score(
                [ean.Scheme(row, backbone.stages) for row in bits]
            )
        ]
        for model in (supernet, exact)
    ]
    tau = kendall(*map(np.array, scores)) if policy != "float32" else 1.0
    return {
        "policy": policy,
        "seed": seed,
        "accuracy": figures["accuracy"],
        "scores": statistics.fmean(scores[0]),
        "tau": float(tau),
    }


def table(rows: list[dict]) -> str:
    """Markdown: mean ± standard deviation over seeds, and the difference to float32 of the same seeds, in points."""
    lines = [f"| policy | {' | '.join(FIGURES.values())} | network less float32 |", "|---|--:|--:|--:|--:|"]
    values = {
        (policy, name): [row[name] * (1 if name == "tau" else 100) for row in rows if row["policy"] == policy]
        for policy in POLICIES
        for name in FIGURES
    }

    for policy in POLICIES:
        less = np.subtract(values[policy, "accuracy"], values["float32", "accuracy"]).tolist()
        cells = [mean_spread(values[policy, name], 2 if name == "tau" else 1) for name in FIGURES]
        lines.append(f"| {policy} | {' | '.join(cells)} | {mean_spread(less)} |")
    return "\n".join(lines)


def main(
    seeds: Annotated[int, typer.Option(min=1)] = 3,
    quick: Annotated[bool, typer.Option(help="Everything in small, to try it out.")] = False,
    publish: Annotated[bool, typer.Option(help="Keep the result in experiments/results.")] = False,
) -> None:
    """Run the experiment."""
    options = {"train": 50} if quick else {"train": 300, "draws": 8, "test_draws": 4}
    sizes = (
        {"epochs": 1, "supernet_epochs": 1, "schemes": 4}
        if quick
        else {
            "epochs": 6,
            "supernet_epochs": 24,
            "schemes": 32,
        }
    )
    images, backbone = data.load("digits", light=True, **options), ean.backbones.get("resnet20", width=8)
    rows = []
    for seed in range(seeds):
        for policy in POLICIES:
            rows.append(one(images, backbone, policy, seed, **sizes))
            print(rows[-1], flush=True)
    print(table(rows))
    if publish:
        keep("precision", rows, sizes=sizes)


if __name__ == "__main__":
    typer.run(main)
