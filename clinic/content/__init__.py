"""The public texts: shipped as Markdown beside this file, replaced by what the clinic saves in the admin."""
