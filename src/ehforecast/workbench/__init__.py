"""The package as a data scientist uses it in a notebook: the names that `import ehforecast` offers.

Nothing is calculated here. Each name puts together what the commands put together, and gives back results that show
themselves: a few plain lines, `to_frame()`, `plot()`.
"""
