"""What a search has shown."""
