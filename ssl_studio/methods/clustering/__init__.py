"""Methods that learn by grouping images."""
