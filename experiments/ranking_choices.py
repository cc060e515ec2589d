"""What one choice less another is worth to supernets of the same seeds, over all tables."""

from itertools import chain

from ranking_study import over

USUAL = ("bernoulli", 4, 0.0)
CHOICES = {
    "statistics re-estimated, not as they are": ((*USUAL, "calibrated"), (*USUAL, "raw")),
    "tuned, not statistics re-estimated": ((*USUAL, "tuned"), (*USUAL, "calibrated")),
    **{
        f"{what}, not {instead}; {kind}": ((*variant, kind), (*USUAL, kind))
        for what, instead, variant in (
            ("pre-trained for 1×", "4×", ("bernoulli", 1, 0.0)),
            ("pre-trained for 8×", "4×", ("bernoulli", 8, 0.0)),
            ("per_image", "bernoulli", ("per_image", 4, 0.0)),
            ("fair", "bernoulli", ("fair", 4, 0.0)),
            ("sandwich", "bernoulli", ("sandwich", 4, 0.0)),
            ("stratified", "bernoulli", ("stratified", 4, 0.0)),
            ("distillation of weight 1", "none", ("bernoulli", 4, 1.0)),
        )
        for kind in ("raw", "calibrated")
    },
}


def differences(rows: list[dict], choice: tuple, instead: tuple, figure: str) -> list[float]:
    """Of a figure, per seed."""
    runs = {(row["sampling"], row["times"], row["distill"], row["score"]): row["runs"][figure] for row in rows}
    if choice not in runs or instead not in runs:
        return []
    return [new - old for new, old in zip(runs[choice], runs[instead], strict=False)]


def choice_lines(tables: dict) -> list[str]:
    """A table: differences in tau by table, and over all tables in tau and in the true accuracy of the named scheme."""
    heads = [*(f"tau, {name}" for name in tables), "tau, all", "named, all, points"]
    lines = [f"| choice | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    for name, (choice, instead) in CHOICES.items():
        taus, named = (
            [differences(table["supernets"], choice, instead, figure) for table in tables.values()]
            for figure in ("tau", "named")
        )
        if all(len(values) > 1 for values in taus):
            cells = [spelled(values, 2) for values in taus]
            cells += [spelled(list(chain(*values)), digits) for values, digits in ((taus, 2), (named, 1))]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines if len(lines) > 2 else []


def spelled(values: list[float], digits: int) -> str:
    value, low, high = over(values)
    return f"{value:+.{digits}f} ({low:+.{digits}f} … {high:+.{digits}f})"
