"""A small Django project: lessons with a file each, uploaded by a form and served to its owner."""
