"""Measures side by side: each file says what it compares."""
