"""The desk's own pages under /admin/desk/: what staff do every day."""
