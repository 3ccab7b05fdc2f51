"""Methods of forecasting monthly counts: one file each, all behind the same interface."""
