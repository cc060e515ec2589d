"""The search algorithms, one a file; they know schemes and rewards, and nothing of Keras Tuner."""
