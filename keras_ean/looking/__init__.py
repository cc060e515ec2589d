"""What a network looks at: class activation maps, and what its gates do."""

from keras_ean.looking.gate_values import AttentionStatistics, GateValues, attention_statistics
from keras_ean.looking.gradcam import gradcam

__all__ = ["AttentionStatistics", "GateValues", "attention_statistics", "gradcam"]
