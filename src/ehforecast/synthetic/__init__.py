"""Councils that never existed, with the truth behind them; valid under every contract."""
