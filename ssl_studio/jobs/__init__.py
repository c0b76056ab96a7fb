"""Each long piece of work as one Qt-free job; the command line and the window run these and nothing else.

Job files are light at their top: what carries torch, faiss or umap is imported inside `run`."""
