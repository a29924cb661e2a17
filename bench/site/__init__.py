"""Looks at every public page in each state, language and width: `make screenshots`, `make audit`."""
