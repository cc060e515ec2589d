"""How long does XLA compile a training step of the supernet, and a second process that finds it in the cache?

    KERAS_BACKEND=jax python benchmarks/compile_time.py [resnet164-32-se …] [--precision float32] [--publish FILE]

Per case two processes, one after the other, with a fresh folder for JAX's persistent cache: seconds from the start of
the process to the end of its first training step, and those that XLA took, small functions around the step included.
`keras-ean` keeps such a folder with a run on an accelerator.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from steps import Worker, machine, parse


def measure(case: dict) -> dict[str, dict[str, float]]:
    """Seconds of the first step and of compiling, by "cold" and "cached"."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"JAX_COMPILATION_CACHE_DIR": folder, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
        for name in ("cold", "cached"):
            worker = Worker({**case, "variant": "supernet"})
            try:
                seconds = worker.cold_start()
                found[name] = {"first step": round(seconds, 1), "compiling": worker.ask("facts")["compile_seconds"]}
            finally:
                worker.close()
    return found


def main(arguments: list[str] | None = None) -> dict:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("cases", nargs="*", default=["resnet164-32-se"], help="as of steps.py")
    parser.add_argument("--precision", default="float32", help="Keras policy")
    parser.add_argument("--publish", type=Path, help="JSON file of all cases")
    options = parser.parse_args(arguments)
    facts = machine()
    if facts["backend"] != "jax":
        raise SystemExit(f"The cache is JAX's: set KERAS_BACKEND=jax, not {facts['backend']}.")
    kept = json.loads(options.publish.read_text()) if options.publish and options.publish.is_file() else {}
    for name in options.cases:
        found = measure(parse(name, 16, options.precision))
        print(name, *(f"{way}: {seconds}" for way, seconds in found.items()), sep="\n  ", flush=True)
        kept[f"{name} {options.precision} {facts['device']}"] = {"facts": facts, **found}
        if options.publish:
            options.publish.write_text(json.dumps(kept, indent=1) + "\n")
    return kept


if __name__ == "__main__":
    main()
