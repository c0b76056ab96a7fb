"""SSL Studio: self-supervised learning on a folder of images.

Importing the package loads neither Qt nor torch.
"""

__version__ = "0.1.0"
