"""The benchmark of steps, without its processes."""

import pytest


def test_cases_have_names():
    import steps

    case = steps.parse("resnet164-32-se", batch=16, precision="float32")
    assert (case["size"], case["batch"], case["stages"]) == (32, 32, (18, 18, 18))
    case = steps.parse("resnet50-224-dia", batch=16, precision="float32")
    assert (case["size"], case["batch"], case["module"]) == (224, 16, "dia")
    for name in ("resnet50", "resnet50-64-eca", "vgg-32-se"):
        with pytest.raises(ValueError, match="A case is one of resnet164"):
            steps.parse(name, batch=16, precision="float32")


def test_ratios_are_of_the_same_round(monkeypatch):
    import steps

    class Worker:
        """A network whose steps take 10 ms times a speed that changes from round to round."""

        def __init__(self, case):
            self.factor, self.asked = {"plain": 1, "supernet": 1.5}[case["variant"]], 0

        def cold_start(self):
            return 2 * self.factor

        def tell(self, command):
            self.told = command

        def answer(self):
            return {"ms": 0}

        def ask(self, command):
            if command == "facts":
                return {"rss": 5, "memory": 0, "parameters": 7, "calls": 3}
            self.asked += 1
            return {"ms": 10 * self.factor * self.asked}

        def close(self):
            self.closed = True

    monkeypatch.setattr(steps, "Worker", Worker)
    case = steps.parse("resnet29-8-se", batch=16, precision="float32")
    results = steps.measure(case, ["plain", "supernet"], rounds=3, steps=1, cold=2)
    assert results["supernet"]["train"]["over"]["plain"] == [1.5, 1.5, 1.5]
    assert results["supernet"]["retraces"] == 0
    assert results["plain"]["cold_start"] == [2, 2]
    line = steps.table(case, results).splitlines()[-1]
    assert line.startswith("| supernet |")
    assert "| 1.500 |" in line


@pytest.mark.parametrize("module", ["se", "sge", "dia"])
def test_the_rival_has_the_supernets_parameters(module):
    torch_rival = pytest.importorskip("torch_rival")
    import keras_ean as ean
    from keras_ean.measure import cost

    rival = torch_rival.Supernet((1, 1, 1), 16, module, classes=7)
    supernet = ean.build_supernet(ean.backbones.get("resnet11", block="bottleneck"), module, (32, 32, 3), 7)
    assert sum(weight.numel() for weight in rival.parameters()) == cost.parameters(supernet)
