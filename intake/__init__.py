"""Who are you, why do you come: the consultation form."""
