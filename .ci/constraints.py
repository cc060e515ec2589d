"""Writes constraints.txt: the newest releases with which keras_ean and all its extras can be installed.

What the oldest Python that keras_ean supports can install, the newer ones can as well, so it is asked for there. A
package that only another Python or operating system asks for stays unconstrained.
"""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]

project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
oldest = project["requires-python"].removeprefix(">=")
if "{}.{}".format(*sys.version_info) != oldest:
    sys.exit(
        f"Constraints are made with Python {oldest}; this is {sys.version.split()[0]}. With Python {oldest} installed: "
        f"make clean constraints PYTHON=python{oldest}"
    )
extras = ",".join(project["optional-dependencies"])
report = subprocess.run([*PIP, f"{ROOT}[{extras}]"], stdout=subprocess.PIPE, check=True)
found = (package["metadata"] for package in json.loads(report.stdout)["install"])
# "+cpu" and the like name a build, which a constraint leaves open.
pins = {package["name"].lower(): package["version"].partition("+")[0] for package in found}
del pins[project["name"]]
lines = ["# Written by `make constraints`; what `make` installs.", *(f"{name}=={pins[name]}" for name in sorted(pins))]
(ROOT / "constraints.txt").write_text("\n".join(lines) + "\n")
