"""Methods that hide parts of an image and predict them."""
