"""The waiting list: who would like an earlier time, whom it was offered, and what came of it. See docs/adr."""
