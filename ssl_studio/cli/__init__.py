"""The command line: one sub-command for each job, its events as text, its result as exit code.

It knows no window; `ssl_studio/__main__.py` hands it one to open.
"""
