"""Other forecasting libraries, in an environment of their own."""
