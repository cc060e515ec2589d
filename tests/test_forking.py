"""A test that forks is told how its process ended."""

import os

import pytest

from tests import forking


def answered(variable):
    print("looking")
    return os.environ[variable]


def test_each_process_has_its_own_environment():
    environments = [{"FORKED": "1"}, {"FORKED": "2"}]
    assert forking.run_together(answered, "FORKED", environments=environments) == ["1", "2"]
    assert "FORKED" not in os.environ


def test_an_error_there_is_a_failure_here():
    with pytest.raises(AssertionError, match="(?s)status 1: looking.*KeyError: 'MISSING'"):
        forking.run(answered, "MISSING")
