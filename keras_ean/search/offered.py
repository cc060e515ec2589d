"""What a run gives to an evaluator by itself."""

OFFERED = ("supernet", "train", "data", "calibration", "batch_size", "at_once", "seed")
"""What a run offers an evaluator: its supernet, training and validation images with their labels, the images that
re-estimate BatchNorm statistics or None, images per forward pass, schemes that are handed over together at most, and
the seed of everything random."""
