"""One file for each method, in folders by family, and the contract they all keep.

Importing this room imports every module below it, which registers the methods; nobody edits a
list.
"""

import importlib
import pkgutil

for _module in pkgutil.walk_packages(__path__, prefix=f"{__name__}."):
    importlib.import_module(_module.name)
