"""Processes that write and read artefacts: where they run, and what is told when they fail."""

import os
import sys

import pytest

from keras_ean.exporting import fresh_process


def said(monkeypatch, code, *arguments, needs_code=False):
    """What is told of a process that runs this code and fails."""
    monkeypatch.setattr(fresh_process, "watched", lambda: f"import os, sys; sys.exit({code})")
    with pytest.raises(RuntimeError) as failure:
        fresh_process.python(arguments, "jax", needs_code)
    first, *lines = str(failure.value).splitlines()
    assert first == "The artefact could not be written, or read and run, in a fresh process:"
    return lines


def test_a_failure_names_the_artefact_at_work_and_the_last_lines(monkeypatch):
    lines = ["artefact: first", "artefact: second", *(f"line {number}" for number in range(14))]
    assert said(monkeypatch, repr("\n".join(lines))) == ["artefact: second", *lines[-12:]]
    assert said(monkeypatch, repr("\n".join(lines[1:5]))) == lines[1:5]
    assert said(monkeypatch, "sys.argv[1] * 2", "a") == ["aa"]


def test_it_computes_on_the_cpu_by_the_backend_and_finds_code_where_it_is_needed(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "somewhere")
    names = "TF_CPP_MIN_LOG_LEVEL", "KERAS_BACKEND", "CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS", "PYTHONPATH"
    code = f"chr(10).join(os.environ[name] for name in {names})"
    assert said(monkeypatch, code) == ["3", "jax", "-1", "cpu", "somewhere"]
    found = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    assert said(monkeypatch, code, needs_code=True) == ["3", "jax", "-1", "cpu", found]
    assert said(monkeypatch, "sys.executable") == [sys.executable]


def test_what_ends_well_raises_nothing(monkeypatch):
    monkeypatch.setattr(fresh_process, "watched", lambda: "pass")
    fresh_process.python((), "jax", False)
