"""Plugging attention into models that somebody else built."""

from keras_ean.plugging.backbone import PluggedBackbone
from keras_ean.plugging.identity_start import IdentityStart
from keras_ean.plugging.plugged import plug, plug_supernet
from keras_ean.plugging.point import AttachmentPoint
from keras_ean.plugging.points import AttachmentPoints, attachment_points

__all__ = [
    "AttachmentPoint",
    "AttachmentPoints",
    "IdentityStart",
    "PluggedBackbone",
    "attachment_points",
    "plug",
    "plug_supernet",
]
