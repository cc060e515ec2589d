"""What a user installs: the wheel in an environment of its own, and the two lines for machines without TensorFlow."""

import email
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from uv import find_uv_bin

import keras_ean as ean

ROOT = Path(__file__).parents[1]
SOURCES = ("keras_ean", "requirements", "LICENSE", "MANIFEST.in", "README.md", "pyproject.toml")
# The processes of a user know neither this clone nor the backend of these tests.
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith(("KERAS_", "PYTHON"))}
PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
PINS = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)

# On one backend; the other runs of these tests need not repeat them.
pytestmark = pytest.mark.tensorflow


def run(*command, status=0, cwd=None, **variables):
    """What the command prints."""
    environment = {**ENVIRONMENT, **variables}
    result = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=cwd, env=environment)
    assert result.returncode == status, result.stdout + result.stderr
    return result.stderr if status else result.stdout


@pytest.fixture
def environment(tmp_path):
    """A virtual environment with nothing in it; it is large when it has been filled, so it goes with the test."""
    folder = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """What the package is built from, in a folder that a build may write to."""
    folder = tmp_path_factory.mktemp("source")
    for path in (*(ROOT / name for name in SOURCES), *ROOT.glob("*.py")):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(source, tmp_path_factory):
    """Built from the source distribution, so that this one is tried as well."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-c", f"from setuptools import build_meta; build_meta.build_sdist({str(folder)!r})", cwd=source)
    [archive] = folder.iterdir()
    run(*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, archive, cwd=folder)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def metadata(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return email.message_from_bytes(archive.read(f"keras_ean-{ean.__version__}.dist-info/METADATA"))


def test_the_wheel_holds_the_package_and_nothing_else(source, wheel):
    paths = (*source.glob("keras_ean/**/*"), *source.glob("*.py"))
    files = {path.relative_to(source).as_posix() for path in paths if path.is_file()}
    assert {"keras_ean/py.typed", "keras_ean/__init__.pyi", "keras_ean/search/__init__.pyi"} <= files
    with zipfile.ZipFile(wheel) as archive:
        assert {name for name in archive.namelist() if ".dist-info/" not in name} == files - {"setup.py"}


def test_the_wheel_works_away_from_its_source(wheel, environment, tmp_path):
    commands = environment / "bin"
    run(*PIP, "--python", commands / "python", "install", "--no-deps", "--no-index", wheel)
    # What keras_ean needs is found where it is installed already.
    [packages] = environment.glob("**/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    assert "Usage" in run(commands / "keras-ean", "--help", cwd=tmp_path)
    refusal = run(commands / "keras-ean", "run", "--set", "seed=-1", cwd=tmp_path, status=2)
    assert f"{packages}/keras_ean/run/configs/digits.yaml: the configuration has faults:\n  seed:" in refusal
    code = """
import keras_ean as ean
print(ean.__file__)
print(*(len(ean.bench.load(name).schemes) for name in ean.bench.available()))
print(*(name for name in ean.__all__ if getattr(ean, name) is not None))
"""
    # Nothing is computed, and JAX is imported soonest.
    file, schemes, names = run(commands / "python", "-c", code, cwd=tmp_path, KERAS_BACKEND="jax").splitlines()
    assert file == f"{packages}/keras_ean/__init__.py"
    assert schemes == "8 64 256 256 8"
    assert names.split() == ean.__all__


def test_on_the_index_links_of_the_readme_lead_to_this_release(metadata):
    targets = re.findall(r"\]\(([^)]+)\)", metadata.get_payload(decode=True).decode())
    repository = f"https://github.com/keras-ean/keras-ean/{{}}/v{ean.__version__}/"
    assert repository.format("raw") + "docs/digits.png" in targets
    assert repository.format("blob") + "docs/searching.md" in targets
    assert all(target.startswith(("https://", "#")) for target in targets)


def test_constraints_pin_every_requirement(metadata):
    wanted = [Requirement(text) for text in metadata.get_all("Requires-Dist")]
    pins = {canonicalize_name(name): version for name, version in PINS.items()}
    assert {"tensorflow", "jax", "torch", "pytest", "sphinx"} <= {requirement.name for requirement in wanted}
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        pinned = name in pins and requirement.specifier.contains(pins[name])
        assert pinned or name == "keras-ean", f"{requirement}: make constraints"


def test_versions_are_those_of_the_package_and_of_the_constraints():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == ean.__version__
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [hook["rev"] for hook in hooks if hook["repo"].endswith("/ruff-pre-commit")] == [f"v{PINS['ruff']}"]


def test_two_lines_install_what_trains_on_jax_without_tensorflow(source, environment, tmp_path):
    """By uv, which takes the same arguments as pip and a tenth of its time."""
    [lines] = re.findall(r"```sh\n(pip install -r .+?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    lines = lines.splitlines()
    assert len(lines) == 2
    constraints = ROOT / "constraints.txt"
    for line in ("pip install jax", *lines):
        run(find_uv_bin(), *line.split(), cwd=source, VIRTUAL_ENV=str(environment), UV_CONSTRAINT=str(constraints))
    code = """
import importlib.util
import keras, keras_ean as ean
data = ean.data.load("digits", train=128)
image = keras.Input(data.shape)
x = keras.layers.Add()([image, keras.layers.BatchNormalization()(keras.layers.Conv2D(1, 3, padding="same")(image))])
supernet = ean.plug_supernet(keras.Model(image, keras.layers.Dense(data.classes)(keras.layers.Flatten()(x))), "eca")
supernet.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
history = supernet.fit(data.train.batches(64, shuffle=True), epochs=1, shuffle=False, verbose=0).history
print(ean.__file__)
print(keras.backend.backend(), importlib.util.find_spec("tensorflow"), int(supernet.optimizer.iterations))
print(*history["loss"])
"""
    printed = run(environment / "bin" / "python", "-c", code, cwd=tmp_path, KERAS_BACKEND="jax")
    file, facts, loss = printed.splitlines()
    assert Path(file).is_relative_to(environment)
    assert facts == "jax None 2"
    assert 0 < float(loss) < 10
