"""Where independent pieces of work run, how long they still take, and how they are broken off."""
