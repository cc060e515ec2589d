"""The report of a finished run."""

from keras_ean.run.report.figures import scheme_figure
from keras_ean.run.report.rows import Row, rows
from keras_ean.run.report.table import markdown, mean_spread

__all__ = ["Row", "markdown", "mean_spread", "rows", "scheme_figure"]
