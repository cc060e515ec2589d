"""Where the scores of schemes come from."""
