"""The contracts of what can be added to the library, to be run on classes of one's own (CONTRIBUTING.md)."""

from keras_ean.testing.attention import check_attention
from keras_ean.testing.backbone import check_backbone
from keras_ean.testing.data_source import check_data_source
from keras_ean.testing.evaluator import check_evaluator
from keras_ean.testing.export_format import check_format
from keras_ean.testing.networks import check_networks
from keras_ean.testing.searcher import check_searcher

__all__ = [
    "check_attention",
    "check_backbone",
    "check_data_source",
    "check_evaluator",
    "check_format",
    "check_networks",
    "check_searcher",
]
