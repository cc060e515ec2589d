"""Folders of finished runs without networks: what a run keeps of its answer, made of answers that are given."""

from dataclasses import replace

import numpy as np

from keras_ean.measure.paired import PairedScores
from keras_ean.run import RunFolder, load_config
from keras_ean.run.kept import KeptRun
from keras_ean.run.unit import ACCURACY
from keras_ean.run.verdict import Costs, decide

SCHEMES = {"plain": "0 0 0", "shared": "1 1 1", "random": "0 1 0", "found": "1 0 0"}


def answers(shares, seeds=3, images=400, seed=0):
    """By network: rightly answered shares of images that are hard for all of them alike."""
    random = np.random.default_rng(seed)
    hardness = random.random(images)
    return {name: (hardness + 0.02 * random.standard_normal((seeds, images)) < share) for name, share in shares.items()}


def keep(folder, given, module="se", pixels=0, unit=ACCURACY):
    """A finished run of these networks' answers, {name: (seeds, images)}."""
    run, seeds = RunFolder(folder), len(given["found"])
    overrides = ("data={name: digits, train: 40}", f"attention={{name: {module}}}", "backbone={name: resnet8}")
    run.open(load_config(None, [*overrides, f"seeds={seeds}", "export=[]"]))
    rows, costs = [], {}
    for name, right in given.items():
        for number, values in enumerate(right):
            facts = {
                "name": name,
                "seed": number,
                "scheme": SCHEMES[name],
                "accuracy": float(values.mean()),
                "images": values.size,
                "parameters": 100 + 10 * SCHEMES[name].count("1"),
                "flops": None,
            }
            place = run.network(name, number)
            run.write_json(place / "metrics.json", facts)
            np.save(place / "answers.npy", values)
            rows.append({**facts, "latency_ms": 2.0 + SCHEMES[name].count("1")})
            costs.setdefault(name, Costs.of(rows[-1]))
    verdict = replace(decide(PairedScores(given), costs, 0.005), unit=unit)
    run.write_json(run.path / "verdict.json", verdict.facts())
    run.write_json(run.report / "report.json", rows)
    run.write(run.report / "report.md", "# report\n")
    run.write_json(run.scheme_file, {"scheme": SCHEMES["found"], "codes": []})
    run.supernet_file.touch()
    numbers = {"train": 40, "validation": 30, "test": given["found"].shape[1]}
    names = ["<b>cat</b>", *"123456789"]
    run.write_json(run.path / "images.json", {"shape": [8, 8, 1], "class_names": names, "numbers": numbers})
    np.save(run.path / "images.npy", np.full((2, 8, 8, 1), pixels, "float32"))
    return KeptRun(folder)
