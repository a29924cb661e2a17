"""Staff pages of the intake desk that are no lists of the admin: who must be called."""
