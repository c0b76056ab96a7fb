"""From a folder to tensors: scan, decode, thumbnails, pixel cache, batches, augmentations."""
