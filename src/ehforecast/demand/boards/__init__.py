"""What boards look at: measures counted from records, shares with ranges, groups side by side, and grades."""
