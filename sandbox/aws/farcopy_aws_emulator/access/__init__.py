"""Who may do what: principals, sessions, policies and keys."""
