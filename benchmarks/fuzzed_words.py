"""Inputs that are words: configurations, overrides, command lines, schemes."""

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from fuzzing import kind, mutated
from hypothesis import strategies as st

SCALARS = [
    "x", "", "-1", "0", "1", "3.5", "1e6", "1e400", ".inf", "-.inf", ".nan", "null", "true", "~", "[]", "{}", "[1, 2]",
    "{name: x}", "99999999999999999999999", "'1'", "\"\"", "se", "[[", "{", "!!python/object:os.system x", "&a [*a]",
    "2024-01-01", "0x10", "1_000", "\\x00", "é", "[/b]", "$x^$", "+5 %", "5 %", "[a, 1, null]", "{1: 2}", "1e-400",
    "-0.0", "NaN", "0b1", "1:30", "=", "<<", "? x", "- x", "|", ">", "@", "`", "%", "*a", "!x y", "{a: {b: {c: 1}}}",
]  # fmt: skip
KEYS = [
    "data", "data.name", "data.train", "data.test", "data.validation", "data.seed", "data.light", "data.draws",
    "data.test_draws", "data.normalize", "backbone", "backbone.name", "backbone.width", "backbone.block",
    "backbone.conv_bias", "attention", "attention.name", "attention.reduction", "attention.groups", "share", "sampling",
    "distill", "seed", "pretrain", "pretrain.recipe", "pretrain.epochs", "pretrain.batch_size", "pretrain.rate",
    "pretrain.drop_remainder", "pretrain.precision", "train", "train.recipe", "train.epochs", "search", "search.oracle",
    "search.evaluator", "search.evaluator.name", "search.evaluator.steps", "search.evaluator.rate",
    "search.early_stopping", "search.early_stopping.share", "search.early_stopping.z", "search.reward",
    "search.racing", "search.racing.share", "search.racing.z", "search.racing.tolerance", "search.options.tolerance",
    "search.reward.sparsity_weight", "search.reward.max_connections", "search.reward.costs",
    "search.reward.costs.flops", "search.reward.costs.latency.limit", "search.reward.costs.parameters.weight",
    "search.calibrate", "search.batch_size", "search.memory", "search.options", "search.options.max_steps",
    "search.options.max_schemes", "search.options.samples_per_step", "search.options.lease", "search.options.patience",
    "search.options.learning_rate", "search.options.sparsity_weight", "search.options.population",
    "search.options.axes", "search.options.curiosity_weight", "search.options.retries", "start", "tune", "tune.epochs",
    "tune.rate", "tune.warmup", "compare", "seeds", "tolerance", "max_latency", "export", "on_nan", "keep", "modules",
    "model", "model.name", "model.loss", "nonsense", "search.nonsense", "a.b.c", "",
]  # fmt: skip
ORACLES = ["surrogate", "reinforce", "evolution", "greedy", "nsga2", "random", "stratified", "screening", "spaced"]


scalars = st.one_of(st.sampled_from(SCALARS), st.text(max_size=12), st.integers().map(str), st.floats().map(str))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(SCALARS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def _example() -> dict:
    from keras_ean.run.config_file import example

    return yaml.safe_load(example().read_text())


@kind("configuration")
def _configuration(folder: Path) -> tuple:
    from keras_ean.run.checks import check_names
    from keras_ean.run.config_file import example, read_config

    text = example().read_text()

    def change(edits: list[tuple[str, Any]]) -> str:
        content = _example()
        for key, value in edits:
            *parents, last = key.split(".")
            inner = content
            for parent in parents:
                if not isinstance(inner.get(parent), dict):
                    inner[parent] = {}
                inner = inner[parent]
            inner[last] = value
        return yaml.safe_dump(content, allow_unicode=True)

    edits = st.lists(st.tuples(st.sampled_from(KEYS), values), min_size=1, max_size=3).map(change)
    raw = mutated(text.encode())

    def take(content: str | bytes) -> None:
        file = folder / "config.yaml"
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
        check_names(read_config(file).config)

    return st.one_of(edits, raw), take


@kind("--set")
def _set(folder: Path) -> tuple:
    from keras_ean.run.checks import check_names
    from keras_ean.run.config_file import load_config

    key = st.one_of(st.sampled_from(KEYS), st.sampled_from(KEYS), st.text(max_size=8))
    override = st.tuples(key, scalars).map("=".join) | st.sampled_from([f"search.oracle={name}" for name in ORACLES])
    return st.lists(override | st.text(max_size=10), min_size=1, max_size=3), lambda overrides: check_names(
        load_config(None, overrides)
    )


@kind("command line")
def _command_line(folder: Path) -> tuple:
    from keras_ean import cli
    from keras_ean.registry import import_folder

    import_folder(cli.__name__, list(cli.__path__))
    commands = [each.name for each in cli.app.registered_commands]
    files = []
    for name, content in (
        ("a.yaml", b"seed: ["),
        ("b.keras", b"no"),
        ("c.npz", b"PK"),
        ("d.txt", b"x"),
        ("e.png", b"x"),
    ):
        (folder / name).write_bytes(content)
        files.append(str(folder / name))
    (folder / "empty").mkdir(exist_ok=True)
    flags = [
        "--out", "--set", "--minutes", "--devices", "--seeds", "--budget", "--no-timing", "--name", "--seed",
        "--oracle", "--workers", "--csv", "--limit", "--scheme", "--format", "--help", "--debug", "-o", "--version",
        "--import", "--unsafe", "--at", "--attention", "--images", "--tolerance", "--input-shape", "--classes", "--top",
    ]  # fmt: skip
    word = st.one_of(
        st.sampled_from(flags),
        st.sampled_from(flags),
        st.sampled_from([*files, str(folder / "empty"), str(folder / "nowhere"), "resnet20", "se", "1 0 1"]),
        st.sampled_from(SCALARS),
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
    )

    def take(arguments: list[str]) -> None:
        said = io.StringIO()
        before = os.getcwd(), sys.argv
        os.chdir(folder / "empty")
        sys.argv = ["keras-ean", *arguments]
        status: Any = 0
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                cli.main()
        except SystemExit as end:
            status = end.code
        finally:
            os.chdir(before[0])
            sys.argv = before[1]
        text = said.getvalue()
        if "nobody has foreseen" in text or "Traceback" in text:
            raise TypeError(text[:300])
        if status not in (0, None):
            raise ValueError(text)

    # No valid data is anywhere near, so that nothing is trained.
    strategy = st.tuples(st.sampled_from(commands), st.lists(word, max_size=5)).filter(
        lambda drawn: not (drawn[0] in ("run", "pretrain", "plan", "improve", "rank") and not _harmless(drawn[1]))
    )
    return strategy.map(lambda drawn: [drawn[0], *drawn[1]]), take


def _harmless(arguments: list[str]) -> bool:
    """Whether the first argument is a file that is no configuration, so that no run can begin."""
    return bool(arguments) and arguments[0].endswith((".yaml", ".npz", ".png", "nowhere")) and "/" in arguments[0]


@kind("scheme")
def _scheme(folder: Path) -> tuple:
    from keras_ean import Scheme

    bits = st.one_of(st.text("01 x2", max_size=20), st.lists(values, max_size=5), values, st.text(max_size=6))
    stages = st.one_of(st.none(), st.lists(st.integers(-2, 10**12), max_size=4), values)
    calls = {
        "Scheme": Scheme,
        "from_codes": Scheme.from_codes,
        "full": lambda bits, stages: Scheme.full(stages),
        "random": lambda bits, stages: Scheme.random(stages, bits),
        "published": lambda bits, stages: Scheme.published(bits, stages),
    }

    def take(drawn: tuple) -> None:
        name, bits, stages = drawn
        calls[name](bits, stages)

    return st.tuples(st.sampled_from([*calls]), bits, stages), take
