"""The phases of a run, `Stage` in code, one a file: each says where its result is kept, makes it, and reads it back."""
