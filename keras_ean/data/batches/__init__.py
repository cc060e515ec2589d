"""From a split to what a training step takes: order, augmentation, scaling, and the ways to deliver them."""
