"""Training on one device or several, in pieces that resume."""
