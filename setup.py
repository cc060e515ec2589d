"""What pyproject.toml cannot say: on PyPI, the links and images of the README lead to this release's files."""

import re
import tomllib
from pathlib import Path

from setuptools import setup

root = Path(__file__).parent
repository = tomllib.loads((root / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
version = re.search(r'__version__ = "(.+)"', (root / "keras_ean/__init__.py").read_text())[1]
readme = (root / "README.md").read_text(encoding="utf-8")


def absolute(kind: str):
    return lambda link: f"{link[1]}{repository}/{kind}/v{version}/"


readme = re.sub(r"(!\[[^\]]*\]\()(?!https?:|#)", absolute("raw"), readme)
setup(
    # What is left are no pictures: links, also those around a badge.
    long_description=re.sub(r"(\]\()(?!https?:|#)", absolute("blob"), readme),
    long_description_content_type="text/markdown",
)
