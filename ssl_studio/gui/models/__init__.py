"""Item models over ids that fetch rows and thumbnails lazily, with bounded caches."""
