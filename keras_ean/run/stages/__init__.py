"""The stages of a run, one a file: each says where its result is kept, makes it, and reads it back."""
