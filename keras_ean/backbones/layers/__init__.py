"""Layers of the families that Keras does not have; the families are known without them, and without Keras."""
