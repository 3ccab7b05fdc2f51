"""What each run was, and where its record goes."""
