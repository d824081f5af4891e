"""Executes notebooks in place with nbclient, as its documentation does."""

import sys

import nbformat
from nbclient import NotebookClient

for path in sys.argv[1:]:
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300).execute()
    nbformat.validate(notebook)
    nbformat.write(notebook, path)
