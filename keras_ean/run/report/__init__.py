"""The report of a finished run."""

import lazy_loader

from keras_ean.run.report.rows import Row, rows

# What needs Keras or matplotlib, which what reads a finished run does without.
__getattr__, _, _ = lazy_loader.attach(
    __name__, submod_attrs={"figures": ["scheme_figure"], "table": ["markdown", "mean_spread"]}
)

__all__ = ["Row", "markdown", "mean_spread", "rows", "scheme_figure"]
