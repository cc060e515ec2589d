import json
import os

import pytest


def test_the_second_process_finds_the_cache_of_the_first(monkeypatch, tmp_path):
    import compile_time

    folders = []

    class Worker:
        def __init__(self, case):
            assert case["variant"] == "supernet"
            folders.append(os.environ["JAX_COMPILATION_CACHE_DIR"])

        def cold_start(self):
            return 30.0 / len(folders)

        def ask(self, command):
            return {"compile_seconds": 20 / len(folders)}

        def close(self):
            assert os.path.isdir(folders[-1])

    for variable in ("JAX_COMPILATION_CACHE_DIR", "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"):
        monkeypatch.setenv(variable, "")
    monkeypatch.setattr(compile_time, "Worker", Worker)
    monkeypatch.setattr(compile_time, "machine", lambda: {"backend": "jax", "device": "CPU"})
    compile_time.main(["resnet29-8-se", "--publish", str(tmp_path / "found.json")])
    [found] = json.loads((tmp_path / "found.json").read_text()).values()
    assert found["cold"] == {"first step": 30.0, "compiling": 20}
    assert found["cached"] == {"first step": 15.0, "compiling": 10}
    assert folders[0] == folders[1]
    monkeypatch.setattr(compile_time, "machine", lambda: {"backend": "tensorflow", "device": "CPU"})
    with pytest.raises(SystemExit, match="set KERAS_BACKEND=jax, not tensorflow"):
        compile_time.main(["resnet29-8-se"])
