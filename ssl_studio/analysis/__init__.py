"""What is derived from an encoder: one derived thing a file, arrays in, arrays out."""
