"""What a network costs, and what scores say: measurements that know nothing of the method's stages."""

import lazy_loader

from keras_ean.measure.agreement import Agreement, agreement
from keras_ean.measure.effects import Effects, effects, effects_of
from keras_ean.measure.paired import Difference, PairedScores
from keras_ean.measure.ranks import ceiling, half_agreement, kendall, seed_agreement

# A search does without matplotlib, which figures need, and what reads a finished run without Keras.
__getattr__, _, _ = lazy_loader.attach(
    __name__,
    submodules={"cost"},
    submod_attrs={
        "curves": ["Curves", "deletion_insertion"],
        "figure_style": ["save_figure"],
        "forest": ["forest_figure"],
        "latency": ["interleaved", "latencies"],
        "scatter": ["ranking_figure"],
    },
)

__all__ = [
    "Agreement",
    "Curves",
    "Difference",
    "Effects",
    "PairedScores",
    "agreement",
    "ceiling",
    "cost",
    "deletion_insertion",
    "effects",
    "effects_of",
    "forest_figure",
    "half_agreement",
    "interleaved",
    "kendall",
    "latencies",
    "ranking_figure",
    "save_figure",
    "seed_agreement",
]
