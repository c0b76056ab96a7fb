"""Blocks that methods share: backbones, heads, momentum copies, queues and memory banks."""
