"""The benchmark of plans, without its run."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

STAGES = ("supernet", "search", "networks", "timing", "export and report")


def test_every_stage_is_held_against_its_plan(monkeypatch, capsys):
    import plan

    clock, done = [0.0], []

    def work(name, seconds):
        def worked():
            clock[0] += seconds
            done.append(name)

        return worked

    run = SimpleNamespace(
        plan=lambda: SimpleNamespace(seconds=lambda: dict.fromkeys(STAGES, 2.0)),
        pretrain=work("supernet", 4.0),
        search=work("search", 1.0),
        compared=lambda: [SimpleNamespace(figures=work("network", 1.0))] * 3,
        verdict=work("verdict", 1.0),
        pareto=lambda: work("timing", 1.0)() or SimpleNamespace(points=[]),
        export=work("export", 1.0),
        report=work("report", 1.0),
        folder=SimpleNamespace(held=nullcontext),
    )
    monkeypatch.setattr(plan, "Run", lambda *_: run)
    monkeypatch.setattr(plan.time, "perf_counter", lambda: clock[0])
    found = plan.main([])
    assert done == ["supernet", "search", "network", "network", "network", "verdict", "timing", "export", "report"]
    assert found["networks"] == (2.0, 3.0)
    assert found["together"] == pytest.approx((10.0, 12.0))
    assert capsys.readouterr().out.splitlines()[-1].endswith("12.0 s: 1.20 times the plan")
