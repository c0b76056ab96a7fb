"""Methods that pull views of one image together and push others apart."""
