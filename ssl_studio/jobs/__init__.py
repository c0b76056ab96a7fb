"""Each long piece of work as one Qt-free job; command line and window run these, nothing else.

Job files are light at their top: what carries torch, faiss or umap is imported inside `run`.
"""
