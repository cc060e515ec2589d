"""The search as Keras Tuner's oracle and tuner."""
