import re
from pathlib import Path

from setuptools import find_packages, setup

root = Path(__file__).parent
version = re.search(r'__version__ = "(.+)"', (root / "keras_ean/__init__.py").read_text())[1]

extras = {
    "jax": ["jax>=0.6"],
    "litert": ["ai-edge-litert>=2.0"],
    "onnx": ["tf2onnx>=1.16", "onnx>=1.17", "onnxruntime>=1.20"],
    "torch": ["torch>=2.4"],
}

setup(
    name="keras-ean",
    version=version,
    description="Where does attention pay? Search, train and export sparse attention networks with Keras.",
    long_description=(root / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["keras_ean", "keras_ean.*"]),
    py_modules=["keras_ean_cli"],
    package_data={"keras_ean": ["py.typed", "*.pyi", "**/*.yaml", "bench/tables/*.npz"]},
    python_requires=">=3.11",
    install_requires=[
        "tensorflow>=2.20",
        "keras>=3.15",
        "keras-tuner>=1.4.8",
        "tensorflow-datasets>=4.9.9",
        "importlib_resources",
        "tensorflow-model-optimization>=0.8,<0.9",
        "tensorboard",
        "lazy_loader>=0.4",
        "matplotlib",
        "numpy",
        "pillow",
        "pydantic>=2",
        "pyyaml",
        "rich",
        "scikit-learn",
        "scipy",
        "setuptools",
        "typer>=0.15",
    ],
    extras_require={
        **extras,
        "test": [
            *(requirement for name in ("jax", "litert", "onnx") for requirement in extras[name]),
            "torch==2.13.0",
            "keras-hub",
            "hypothesis",
            "litserve",
            "mypy",
            "pytest",
            "pytest-xdist",
            "ruff",
            "types-PyYAML",
        ],
    },
    entry_points={"console_scripts": ["keras-ean = keras_ean_cli:main"]},
)
