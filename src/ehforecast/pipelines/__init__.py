"""Method statements that read top to bottom, one line per step; the only place where the halves meet."""
